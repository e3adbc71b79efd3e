from datetime import date
from typing import Any

import pytest

from tests.campaigns.lint.found import fine, found, kinds

NEVER = [("error", "never-true")]


def tier(op: str, value: Any) -> dict[str, Any]:
    return {"field": "tier", "op": op, "value": value}


def test_a_plain_campaign_is_fine() -> None:
    assert found(fine()) == []


@pytest.mark.parametrize(
    "more",
    [
        {"limits": {"per_visit": 0}},
        {"limits": {"total": 0}},
        {"limits": {"per_shopper": {"max": 0}}},
        {"holdout_pct": 100},
        {"schedule": {"starts": "2026-11-02", "ends": "2026-11-04", "days": ["sat", "sun"]}},
        {"audience": {"all": [tier("eq", "gold"), tier("eq", "silver")]}},
        {"audience": {"opened": {"within_days": 0}}},
    ],
)
def test_what_can_never_send_is_an_error(more: dict[str, Any]) -> None:
    assert kinds(fine(**more)) == NEVER


def test_a_schedule_that_is_over_is_an_error_from_the_next_day_on() -> None:
    over = fine(schedule={"ends": "2026-10-31"})
    assert kinds(over, today=date(2026, 10, 31)) == []
    assert kinds(over, today=date(2026, 11, 1)) == NEVER
    assert kinds(over, today=None) == []


def test_a_span_over_midnight_goes_on_into_the_day_after_the_last() -> None:
    night = fine(schedule={"ends": "2026-10-31", "hours": ["22:00-02:00"]})
    assert kinds(night, today=date(2026, 11, 1)) == []
    assert kinds(night, today=date(2026, 11, 2)) == NEVER


@pytest.mark.parametrize("leaf", [{"visited_zone": {"zone": "shoes"}}, {"visits": {"at_least": 1}}])
def test_what_only_those_without_personalisation_can_be_in_is_a_warning(leaf: dict[str, Any]) -> None:
    [(severity, lint, _, got)] = found(fine(audience={"not": leaf}))
    assert (severity, lint, got) == ("warning", "never-true", "a condition that is true for nobody else")


def test_an_ended_campaign_is_not_judged() -> None:
    assert found(fine(status="ended", limits={"total": 0})) == []


def test_of_two_conditions_that_clash_the_second_is_named() -> None:
    parts = [{"visits": {"at_least": 2}}, tier("eq", "gold"), tier("ne", "gold")]
    [(_, _, _, got)] = found(fine(audience={"all": parts}))
    assert got == "a condition that excludes the one of line 1"


def test_a_condition_that_is_true_for_nobody_is_named_alone() -> None:
    parts = [tier("eq", "gold"), {"visits": {"at_least": 2, "within_days": 0}}]
    [(_, _, _, got)] = found(fine(audience={"all": parts}))
    assert got == "a condition that is true for nobody"


def test_a_clash_of_three_is_told_as_such() -> None:
    either = {"any": [tier("eq", "a"), tier("eq", "b")]}
    parts = [either, {"not": tier("eq", "a")}, {"not": tier("eq", "b")}]
    [(_, _, _, got)] = found(fine(audience={"all": parts}))
    assert got == "conditions that exclude each other"
