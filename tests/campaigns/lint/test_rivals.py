from typing import Any

import pytest

from tests.campaigns.lint.found import fine, found, kinds

GOLD = {"field": "tier", "op": "eq", "value": "gold"}
METAL = {"field": "tier", "op": "in", "value": ["gold", "silver"]}


def strong(**more: Any) -> Any:
    return fine("strong", **({"priority": 90} | more))


def weak(**more: Any) -> Any:
    return fine("weak", **({"priority": 10, "audience": GOLD} | more))


def test_a_higher_priority_with_the_same_trigger_and_a_wider_audience_shadows() -> None:
    assert found(weak(), strong(audience=METAL)) == [
        ("warning", "shadowed", "weak.yaml", "10: always outranked, so only the inbox gets it")
    ]
    arrive = {"trigger": {"on": "arrive"}}
    assert kinds(weak(blocked="drop", **arrive), strong(**arrive)) == [("error", "shadowed")]


@pytest.mark.parametrize(
    ("both", "weaker"),
    [
        ({}, {}),
        ({"trigger": {"on": "arrive"}, "limits": {"cooldown_s": 60}}, {}),
        ({"trigger": {"on": "arrive"}, "limits": {"per_shopper": {"max": 1}}}, {}),
        ({"trigger": {"on": "dwell", "zone": "shoes", "after_s": 9}}, {"cancel_on_exit": False}),
    ],
)
def test_one_whose_own_limits_or_stay_may_end_first_outranks_not_always(
    both: dict[str, Any], weaker: dict[str, Any]
) -> None:
    [(severity, _, _, got)] = found(weak(blocked="drop", **both, **weaker), strong(**both))
    assert (severity, got) == ("warning", "10: outranked but where 'strong' has used up its own limits")


def test_at_equal_priority_the_first_id_wins() -> None:
    assert kinds(weak(priority=50), strong(priority=50)) == [("warning", "shadowed")]
    mondays = {"days": ["mon"]}
    assert kinds(weak(priority=50), strong(priority=50, audience=GOLD, schedule=mondays)) == []


@pytest.mark.parametrize(
    "more",
    [
        {"audience": {"field": "tier", "op": "eq", "value": "silver"}},
        {"trigger": {"on": "enter", "zone": "shoes", "within": "near"}},
        {"schedule": {"hours": ["10:00-12:00"]}},
        {"stores": ["milan"]},
        {"status": "draft"},
        {"trust": "corroborated"},
        {"channels": ["inbox"]},
        {"channels": ["sms"]},
        {"limits": {"total": 100}},
        {"limits": {"cooldown_s": 60}},
        {"limits": {"per_shopper": {"max": 1, "within_days": 7}}},
        {"priority": 9},
    ],
)
def test_a_rival_that_leaves_a_turn_does_not_shadow(more: dict[str, Any]) -> None:
    assert [lint for _, lint, file, _ in found(weak(), strong(**more)) if file == "weak.yaml"] == []


def test_what_never_interrupts_is_outranked_by_nobody() -> None:
    assert kinds(weak(channels=["inbox"]), strong()) == []
    assert kinds(weak(channels=["push", "inbox"]), strong()) == [("warning", "shadowed")]


def test_a_campaign_of_fewer_stores_and_the_same_limits_is_shadowed() -> None:
    limits = {"per_shopper": {"max": 1, "within_days": 7}, "cooldown_s": 60}
    assert kinds(weak(stores=["milan"], limits=limits), strong(stores=["milan"], limits=limits)) == [
        ("warning", "shadowed")
    ]


def test_a_word_to_the_staff_is_no_duplicate_of_an_offer() -> None:
    assert kinds(fine("offer"), fine("desk", channels=["staff"])) == []
    assert kinds(fine("one", channels=["staff"]), fine("two", channels=["staff"])) == [
        ("warning", "duplicate")
    ]


def test_duplicates_are_told_once() -> None:
    one, two, three = fine("one"), fine("two"), fine("three")
    assert found(one, two, three) == [
        ("warning", "duplicate", "three.yaml", "the same as 'one' (one.yaml:1)"),
        ("warning", "duplicate", "two.yaml", "the same as 'one' (one.yaml:1)"),
    ]
    assert kinds(fine("a", stores=["milan"]), fine("b", stores=["milan"])) == [("warning", "duplicate")]
    assert kinds(fine("a", stores=["milan"]), fine("b", stores=["roma"]), plans=[]) == []
