"""The facts a decision rested on, kept beside it so that it can be explained later."""

from typing import Any

from campaigns.audience import within
from campaigns.rule import Rule
from campaigns.shopper import Shopper
from campaigns.state import Candidate, ShopperState
from protocol.instants import DAY, Instant, format_instant
from protocol.plan import StorePlan


def evidence(
    rule: Rule, plan: StorePlan, shopper: Shopper, state: ShopperState, one: Candidate, now: Instant
) -> dict[str, Any]:
    """Return what was compared: caps and what was used of them, quiet hours, the stay's instants, consent."""
    mine = [sent for sent in state.sent if sent.campaign == rule.id]
    return {
        "trigger_at": format_instant(one.at),
        "zone": one.zone,
        "channel": one.channel or None,
        "visit_no": one.visit_no,
        "campaign_in_visit": sum(s.visit_no == one.visit_no and s.store == one.store for s in mine),
        "campaign_per_visit": rule.campaign.limits.per_visit,
        "campaign_last_at": format_instant(max(s.at for s in mine)) if mine else None,
        "interruptions_24h": sum(s.interrupts and within(s.at, now, DAY) for s in state.sent),
        "interruptions_per_day": plan.policy.max_per_day,
        "interruptions_per_visit": plan.policy.max_per_visit,
        "quiet_hours": [str(span) for span in (plan.policy.quiet_hours, shopper.quiet_hours) if span],
        "tier": shopper.tier,
        "tags": list(shopper.tags),
        "personalisation": shopper.consents("personalisation"),
        "trust": rule.campaign.trust,
    }
