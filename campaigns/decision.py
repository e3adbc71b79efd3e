"""What the pipeline said for one trigger, and why (SPEC 5, "Outcomes")."""

from typing import Any

import msgspec

from protocol.instants import Instant, format_instant

SEND, GHOST, INBOX, SUPPRESSED = "send", "ghost", "inbox", "suppressed"
EXPIRED, CANCELLED = "expired", "cancelled"
OUTCOMES = (SEND, GHOST, INBOX, SUPPRESSED, CANCELLED, EXPIRED)

STEPS = (
    "not_live",
    "outside_schedule",
    "audience",
    "left",
    "campaign_cap",
    "budget",
    "not_corroborated",
    "no_channel",
    "outranked",
    "do_not_disturb",
    "quiet_hours",
    "policy_cap",
    "global_holdout",
    "holdout",
)
"""Every reason, in the order of the pipeline."""

MAY_GO_TO_INBOX = frozenset(("outranked", "do_not_disturb", "quiet_hours", "policy_cap", "no_channel"))


class Decision(msgspec.Struct, frozen=True, gc=False):
    """One decision; `at` is the trigger's instant, or the window's end from arbitration on."""

    at: Instant
    shopper: str
    campaign: str
    revision: int
    trigger: str
    trigger_at: Instant
    store: str
    zone: str | None
    visit_no: int
    visit_at: Instant
    stay_no: int | None
    stay_at: Instant | None
    outcome: str
    reason: str | None
    deadline_at: Instant = 0
    cancel_on_exit: bool = False
    variant: str | None = None
    channel: str | None = None
    title: str | None = None
    body: str | None = None
    link: str | None = None
    near_miss: bool = False
    """Whether the step that stopped it was the only one that would have."""
    facts: dict[str, Any] = msgspec.field(default_factory=dict)
    """Values compared, for the explanation."""


def sort_key(decision: Decision) -> tuple[Instant, str, str, Instant, str]:
    """Order of output: at, shopper, campaign, trigger instant, store."""
    return (decision.at, decision.shopper, decision.campaign, decision.trigger_at, decision.store)


class _Line(msgspec.Struct, gc=False):
    at: str
    shopper: str
    campaign: str
    trigger: str
    outcome: str
    reason: str | None
    variant: str | None
    channel: str | None
    title: str | None
    body: str | None
    link: str | None


_ENCODER = msgspec.json.Encoder()


def decision_line(one: Decision) -> bytes:
    """Write a decision as `simulate` does (SPEC 6): one JSON object and a line end."""
    line = _Line(
        format_instant(one.at),
        one.shopper,
        one.campaign,
        one.trigger,
        one.outcome,
        one.reason,
        one.variant,
        one.channel,
        one.title,
        one.body,
        one.link,
    )
    return _ENCODER.encode(line) + b"\n"
