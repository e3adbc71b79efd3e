"""Caps at their edges: every span is half-open (SPEC 5)."""

from typing import Any

import pytest

from campaigns.limits import budget_spent, campaign_capped, inbox_has_room, policy_capped
from campaigns.simulate import Spending
from campaigns.state import Candidate, History, Sent, ShopperState
from protocol.instants import DAY, SECOND
from protocol.policy import Policy
from tests.campaigns.worlds import campaign

NOW = 100 * DAY
ONE = Candidate("c", "enter", NOW, "milan", "shoes", 3, 1, "push")


def sent(ago: int, outcome: str = "send", visit_no: int = 1, store: str = "milan", **of: Any) -> Sent:
    return Sent(NOW - ago, of.get("campaign", "c"), store, visit_no, outcome, of.get("interrupts", True))


def state(*before: Sent, received: list[tuple[int, str | None]] | None = None) -> ShopperState:
    return ShopperState(sent=list(before), history=History(received=received or []))


def capped(limits: dict[str, Any], *before: Sent, **of: Any) -> bool:
    return campaign_capped(campaign(limits=limits), state(*before, **of), ONE, NOW)


def test_per_visit_counts_this_visit_to_this_store() -> None:
    assert not capped(
        {}, sent(5, visit_no=2), sent(5, visit_no=3, store="roma"), sent(5, visit_no=3, campaign="d")
    )
    assert capped({}, sent(5, "inbox", visit_no=3))


@pytest.mark.parametrize("outcome", ["send", "ghost", "inbox"])
def test_a_cooldown_is_over_exactly_when_it_ends(outcome: str) -> None:
    assert capped({"cooldown_s": 60}, sent(60 * SECOND - 1, outcome))
    assert not capped({"cooldown_s": 60}, sent(60 * SECOND, outcome))
    assert not capped({"cooldown_s": 60}, sent(1, outcome, campaign="d"))


def test_per_shopper_counts_what_history_received_too() -> None:
    twice = {"per_shopper": {"max": 2, "within_days": 1}}
    assert capped(twice, sent(5), received=[(NOW - DAY + 1, "c")])
    assert not capped(twice, sent(5), received=[(NOW - DAY, "c"), (NOW + 1, "c"), (NOW, "d")])
    assert capped({"per_shopper": {"max": 1}}, sent(99 * DAY))


def test_a_budget_is_spent_at_its_total() -> None:
    spending = Spending({"c": [NOW, NOW + 1]})
    two = campaign(limits={"total": 2})
    assert not budget_spent(two, spending, NOW)
    assert budget_spent(two, spending, NOW + 1)
    spending.reserve("c")
    assert budget_spent(two, spending, NOW)
    assert not budget_spent(campaign(), spending, NOW)


def test_the_policy_counts_what_interrupted() -> None:
    policy = Policy(max_per_visit=1, max_per_day=2)
    assert policy_capped(policy, state(sent(5, "ghost", visit_no=3)), ONE, NOW)
    assert not policy_capped(policy, state(sent(5, visit_no=3, interrupts=False)), ONE, NOW)
    assert policy_capped(policy, state(sent(5), received=[(NOW - DAY + 1, None)]), ONE, NOW)
    assert not policy_capped(policy, state(sent(DAY), received=[(NOW - 1, None)]), ONE, NOW)


def test_the_inbox_has_room_for_so_many_a_visit() -> None:
    kept = [sent(k, "inbox", visit_no=3, campaign=f"c{k}") for k in range(2)]
    assert inbox_has_room(Policy(max_inbox_per_visit=3), state(*kept, sent(1, visit_no=3)), ONE)
    assert not inbox_has_room(Policy(max_inbox_per_visit=2), state(*kept), ONE)
