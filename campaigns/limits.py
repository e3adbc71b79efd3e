"""Frequency caps, cooldown, budget and the chain's policy, counted from what was reserved (SPEC 5)."""

from typing import Protocol

from campaigns.audience import within
from campaigns.document import Campaign
from campaigns.state import Candidate, ShopperState
from protocol.instants import DAY, Instant
from protocol.policy import Policy

SPENDS_BUDGET = frozenset(("send", "ghost"))
"""Outcomes that count for budgets and policy caps; inbox copies count for the campaign's own caps too."""


class Ledger(Protocol):
    """What campaigns have spent over all shoppers."""

    def used(self, campaign: str, now: Instant) -> int:
        """Return the messages that count for the campaign's budget by `now`."""
        ...

    def reserve(self, campaign: str) -> None:
        """Spend one."""
        ...


def campaign_capped(campaign: Campaign, state: ShopperState, one: Candidate, now: Instant) -> bool:
    """Say whether the campaign's own caps or cooldown stop it for this shopper."""
    limits, id_ = campaign.limits, campaign.id
    mine = [sent for sent in state.sent if sent.campaign == id_]
    if not mine and not state.history.received:  # as with most of them
        return limits.per_visit == 0 or limits.per_shopper == 0
    in_visit = sum(sent.visit_no == one.visit_no and sent.store == one.store for sent in mine)
    if in_visit >= limits.per_visit:
        return True
    if limits.per_shopper is None and limits.cooldown_ms is None:
        return False
    instants = [sent.at for sent in mine]
    instants += [at for at, what in state.history.received if what == id_ and at <= now]
    if limits.per_shopper is not None:
        count = sum(within(at, now, limits.per_shopper_ms) for at in instants)
        if count >= limits.per_shopper:
            return True
    return limits.cooldown_ms is not None and any(within(at, now, limits.cooldown_ms) for at in instants)


def budget_spent(campaign: Campaign, ledger: Ledger, now: Instant) -> bool:
    total = campaign.limits.total
    return total is not None and ledger.used(campaign.id, now) >= total


def policy_capped(policy: Policy, state: ShopperState, one: Candidate, now: Instant) -> bool:
    """Say whether the shopper was interrupted often enough in this visit or these 24 hours."""
    in_visit = today = 0
    for sent in state.sent:
        if sent.interrupts and sent.outcome in SPENDS_BUDGET:
            in_visit += sent.visit_no == one.visit_no and sent.store == one.store
            today += within(sent.at, now, DAY)
    if in_visit >= policy.max_per_visit:
        return True
    today += sum(within(at, now, DAY) for at, _ in state.history.received)
    return today >= policy.max_per_day


def inbox_has_room(policy: Policy, state: ShopperState, one: Candidate) -> bool:
    """Say whether one more copy may be kept in this visit."""
    kept = 0
    for sent in state.sent:
        kept += sent.outcome == "inbox" and sent.visit_no == one.visit_no and sent.store == one.store
    return kept < policy.max_inbox_per_visit
