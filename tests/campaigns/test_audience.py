"""The truth of leaves at their edges (SPEC 3, leaves)."""

from typing import Any

import pytest

from campaigns.audience import Facts, compile_condition
from campaigns.shopper import Shopper
from campaigns.state import History, Presence, Sent, ShopperState, Stay, Visit
from protocol.instants import DAY
from tests.campaigns.worlds import CONSENT, campaign

NOW = 1000 * DAY


def holds(tree: Any, *, history: History | None = None, sent: list[Sent] | None = None, **of: Any) -> bool:
    someone = Shopper("s", **({"consent": CONSENT} | of))
    visit = Visit("milan", 3, NOW, NOW, stays={"shoes": Stay("shoes", 1, NOW, [None] * 3, NOW)})
    starts = [NOW - 9 * DAY, NOW - 2 * DAY, NOW]
    presence = Presence(started={"milan": starts})
    state = ShopperState(presence=presence, sent=sent or [], history=history or History())
    facts = Facts(someone, state, visit, NOW)
    return compile_condition(campaign(audience=tree).audience if tree else None)(facts)


def age(op: str, value: Any) -> dict[str, Any]:
    return {"field": "attributes.age", "op": op, "value": value}


@pytest.mark.parametrize(
    ("op", "value", "actual", "expected"),
    [
        ("eq", 5, 5, True),
        ("eq", 5, 5.0, True),
        ("eq", 1, True, False),
        ("eq", "5", 5, False),
        ("ne", 5, 6, True),
        ("ne", 5, "x", False),
        ("ne", 5, None, False),
        ("not_in", [5, "a"], 6, True),
        ("not_in", [5], "a", False),
        ("in", [5, "a"], "a", True),
        ("in", [1], True, False),
        ("ge", 5, 5, True),
        ("gt", 5, 5, False),
        ("le", "b", "a", True),
        ("lt", "B", "a", False),
        ("ge", 5, "9", False),
        ("contains", 5, [1, 5], True),
        ("contains", 1, [True], False),
        ("contains", "a", "abc", False),
        ("contains_any", ["a", 5], [4, 5], True),
        ("contains_any", ["a"], [], False),
        ("contains_any", ["a"], "a", False),
    ],
)
def test_an_attribute_compares_with_its_own_kind_only(
    op: str, value: Any, actual: Any, expected: bool
) -> None:
    assert holds(age(op, value), attributes={"age": actual}) is expected


def test_what_is_missing_makes_a_leaf_false_and_not_true() -> None:
    assert not holds(age("ne", 5))
    assert holds({"not": age("ne", 5)})
    assert not holds({"field": "tags", "op": "exists"}, has_tags=False)
    assert holds({"field": "tags", "op": "exists"})


def test_trees() -> None:
    gold, silver = ({"field": "tier", "op": "eq", "value": tier} for tier in ("gold", "silver"))
    assert holds(None)
    assert holds({"any": [silver, gold]}, tier="gold")
    assert not holds({"all": [silver, gold]}, tier="gold")
    assert holds({"all": [gold]}, tier="gold")


def test_visits_count_by_their_start_and_the_running_one_always() -> None:
    assert holds({"visits": {"at_least": 3}})
    assert not holds({"visits": {"at_least": 4}})
    assert holds({"visits": {"at_least": 2, "within_days": 2.001}})
    assert not holds({"visits": {"at_least": 2, "within_days": 2}})
    assert holds({"visits": {"within_days": 0}})
    elsewhere = History(visits=[(NOW - DAY, "roma"), (NOW - DAY, "milan"), (NOW + 1, "milan")])
    assert holds({"visits": {"at_least": 4}}, history=elsewhere)
    assert not holds({"visits": {"at_least": 5}}, history=elsewhere)


def test_what_happened_is_seen_from_its_instant_until_its_span_is_over() -> None:
    bought = History(purchases=[(NOW - DAY, "shoes")])
    assert holds({"purchased": {"tag": "shoes", "within_days": 1.001}}, history=bought)
    assert not holds({"purchased": {"within_days": 1}}, history=bought)
    assert not holds({"purchased": {"tag": "bread"}}, history=bought)
    assert not holds({"purchased": {}}, history=History(purchases=[(NOW + 1, "shoes")]))
    assert holds({"opened": {"campaign": "c"}}, history=History(opened=[(NOW, "c")]))


def test_received_is_true_of_sends_and_not_of_ghosts() -> None:
    send, ghost = (Sent(NOW - 1, "c", "milan", 3, outcome, True) for outcome in ("send", "ghost"))
    assert holds({"received": {"campaign": "c"}}, sent=[send])
    assert not holds({"received": {"campaign": "c"}}, sent=[ghost])
    assert holds({"received": {}}, history=History(received=[(NOW - 1, None)]))


def test_history_is_closed_without_consent() -> None:
    leaves: list[Any] = [{"visits": {}}, {"visited_zone": {}}, {"visited_zone": {"zone": "shoes"}}]
    for leaf in leaves:
        assert holds(leaf)
        assert not holds(leaf, consent={"personalisation": False})
    assert not holds({"visited_zone": {"zone": "till"}})
