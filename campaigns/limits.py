"""Frequency caps, cooldown, budget and the chain's policy, counted from what was reserved (SPEC 5)."""

from collections.abc import Iterator
from typing import Protocol

from campaigns.audience import within
from campaigns.document import Campaign
from campaigns.state import Candidate, Sent, ShopperState
from protocol.instants import DAY, Instant
from protocol.plan import Policy

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


def _in_visit(state: ShopperState, one: Candidate) -> Iterator[Sent]:
    return (sent for sent in state.sent if sent.visit_no == one.visit_no and sent.store == one.store)


def campaign_capped(campaign: Campaign, state: ShopperState, one: Candidate, now: Instant) -> bool:
    """Say whether the campaign's own caps or cooldown stop it for this shopper."""
    limits = campaign.limits
    if sum(sent.campaign == campaign.id for sent in _in_visit(state, one)) >= limits.per_visit:
        return True
    if limits.per_shopper is None and limits.cooldown_ms is None:
        return False
    instants = [sent.at for sent in state.sent if sent.campaign == campaign.id]
    instants += [at for at, what in state.history.received if what == campaign.id and at <= now]
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
    in_visit = sum(sent.interrupts and sent.outcome in SPENDS_BUDGET for sent in _in_visit(state, one))
    if in_visit >= policy.max_per_visit:
        return True
    today = sum(
        sent.interrupts and sent.outcome in SPENDS_BUDGET and within(sent.at, now, DAY) for sent in state.sent
    )
    today += sum(within(at, now, DAY) for at, _ in state.history.received)
    return today >= policy.max_per_day


def inbox_has_room(policy: Policy, state: ShopperState, one: Candidate) -> bool:
    kept = sum(sent.outcome == "inbox" for sent in _in_visit(state, one))
    return kept < policy.max_inbox_per_visit
