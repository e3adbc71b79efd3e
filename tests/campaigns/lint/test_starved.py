from typing import Any

import pytest

from tests.campaigns.lint.found import fine, found, kinds, plan_file


@pytest.mark.parametrize(
    "policy",
    ["max_per_visit: 0", "max_per_day: 0", 'quiet_hours: "09:00-20:00"'],
)
def test_a_policy_that_bars_the_way_leaves_the_inbox_or_nothing(policy: str) -> None:
    barred: dict[str, Any] = {"schedule": {"hours": ["10:00-12:00"]}}
    plans = [plan_file(policy)]
    assert kinds(fine(**barred), plans=plans) == [("warning", "starved")]
    assert kinds(fine(**barred, blocked="drop"), plans=plans) == [("error", "starved")]
    assert kinds(fine(**barred, channels=["push", "inbox"]), plans=plans) == []
    no_inbox = [plan_file(f"{policy}, max_inbox_per_visit: 0")]
    assert kinds(fine(**barred), plans=no_inbox) == [("error", "starved")]


def test_hours_that_reach_out_of_the_quiet_hours_are_fine() -> None:
    plans = [plan_file('quiet_hours: "21:00-08:00"')]
    assert kinds(fine(), plans=plans) == []
    assert kinds(fine(schedule={"hours": ["20:59-22:00"]}), plans=plans) == []
    assert kinds(fine(schedule={"hours": ["21:00-02:00"]}), plans=plans) == [("warning", "starved")]


def test_everybody_held_out_by_the_chain() -> None:
    assert kinds(fine(channels=["inbox"]), plans=[plan_file("global_holdout_pct: 100")]) == [
        ("error", "starved")
    ]


def test_a_zone_in_which_nothing_interrupts_needs_an_inbox() -> None:
    till: dict[str, Any] = {"trigger": {"on": "dwell", "zone": "till", "after_s": 60}}
    assert kinds(fine(**till)) == []
    assert kinds(fine(**till, blocked="drop")) == [("error", "starved")]
    assert kinds(fine(trigger={"on": "exit", "zone": "till"}, blocked="drop")) == []


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"per_visit": 2}, "2"),
        ({"per_shopper": {"max": 2, "within_days": 0}}, "within_days: 0, which limits nothing"),
        ({"per_shopper": {"max": 3, "within_days": 2}, "cooldown_s": 86_400}, "86400 s"),
    ],
)
def test_limits_that_cannot_be_reached(limits: dict[str, Any], says: str) -> None:
    plans = [plan_file("max_per_visit: 1")]
    assert found(fine(limits=limits), plans=plans) == [("warning", "starved", "c.yaml", says)]


def test_limits_with_room_are_fine() -> None:
    roomy = {"per_shopper": {"max": 2, "within_days": 30}, "cooldown_s": 604_800}
    assert kinds(fine(limits=roomy)) == []
    assert kinds(fine(limits={"per_shopper": {"max": 1}, "cooldown_s": 5})) == []


def test_arriving_comes_once_a_visit() -> None:
    twice = fine(trigger={"on": "arrive"}, limits={"per_visit": 2}, channels=["inbox"])
    assert kinds(twice) == [("warning", "starved")]


WELCOME: dict[str, Any] = {"trigger": {"on": "arrive"}}
LATER: dict[str, Any] = {"trigger": {"on": "dwell", "zone": "shoes", "after_s": 60}, "blocked": "drop"}
GOODBYE: dict[str, Any] = {"trigger": {"on": "leave"}}


def starved_by_welcome(
    welcome: dict[str, Any], later: dict[str, Any], policy: str = "max_per_visit: 1"
) -> list[str]:
    told = found(fine("later", **later), fine("welcome", **welcome), plans=[plan_file(policy)])
    return [got for severity, lint, _, got in told if (severity, lint) == ("warning", "starved")]


@pytest.mark.parametrize("later", [LATER, GOODBYE])
def test_a_welcome_without_limits_takes_the_only_message_of_each_visit(later: dict[str, Any]) -> None:
    on = later["trigger"]["on"]
    assert starved_by_welcome(WELCOME, later) == [f"{on}, after that one took the only message of the visit"]


@pytest.mark.parametrize(
    ("welcome", "later", "policy"),
    [
        (WELCOME | {"limits": {"cooldown_s": 86_400}}, LATER, "max_per_visit: 1"),
        (WELCOME | {"audience": {"field": "tier", "op": "eq", "value": "gold"}}, LATER, "max_per_visit: 1"),
        (WELCOME | {"channels": ["inbox"]}, LATER, "max_per_visit: 1"),
        (WELCOME, LATER | {"channels": ["sms"]}, "max_per_visit: 1"),
        (WELCOME, LATER | {"channels": ["push", "inbox"]}, "max_per_visit: 1"),
        (WELCOME, LATER, "max_per_visit: 2"),
        (WELCOME, LATER, "max_per_visit: 1, arbitration_s: 60"),
        (WELCOME, {"trigger": {"on": "enter", "zone": "shoes"}}, "max_per_visit: 1"),
        (WELCOME | {"stores": ["roma"]}, LATER, "max_per_visit: 1"),
    ],
)
def test_a_welcome_that_leaves_the_visit_a_message_starves_nobody(
    welcome: dict[str, Any], later: dict[str, Any], policy: str
) -> None:
    assert starved_by_welcome(welcome, later, policy) == []
