"""When a campaign is on: days, hours, midnight, and the hours that summer time repeats or skips (SPEC 3, 5)."""

from typing import Any

import pytest

from campaigns.schedule import Schedule, wall_clock
from protocol.errors import BadInput
from protocol.instants import parse_instant
from tests.campaigns.worlds import campaign


def schedule(**parts: Any) -> Schedule:
    return campaign(schedule=parts).schedule


def is_on(when: Schedule, at: str) -> bool:
    return when.is_on(wall_clock(parse_instant(at), "Europe/Rome"))


def test_the_first_and_last_day_are_whole_in_store_time() -> None:
    when = schedule(starts="2026-11-02", ends="2026-11-03")
    assert not is_on(when, "2026-11-01T22:59:59Z")
    assert is_on(when, "2026-11-01T23:00:00Z")
    assert is_on(when, "2026-11-03T22:59:59Z")
    assert not is_on(when, "2026-11-03T23:00:00Z")


def test_a_span_over_midnight_belongs_to_the_day_it_starts_on() -> None:
    when = schedule(days=["sat"], hours=["22:00-02:00", "10:00-11:00"])
    assert is_on(when, "2026-11-08T00:30:00Z")  # Sunday, 01:30 in Rome
    assert not is_on(when, "2026-11-08T01:00:00Z")
    assert not is_on(when, "2026-11-07T00:30:00Z")  # Saturday, 01:30: Friday's night
    assert is_on(when, "2026-11-07T09:00:00Z")
    assert not is_on(when, "2026-11-07T10:00:00Z")


def test_an_hour_that_comes_twice_counts_twice_and_a_skipped_one_never() -> None:
    when = schedule(hours=["02:00-03:00"])
    assert is_on(when, "2026-10-25T00:30:00Z")
    assert is_on(when, "2026-10-25T01:30:00Z")
    assert not is_on(when, "2026-03-29T00:59:59Z")
    assert not is_on(when, "2026-03-29T01:00:00Z")


@pytest.mark.parametrize("day", ["20261101", "2026-W45-1", "2026-13-01", 2026])
def test_a_day_is_written_in_one_way(day: Any) -> None:
    with pytest.raises(BadInput, match=r"starts as text|a day such as 2026-11-01"):
        schedule(starts=day)


def test_no_schedule_is_always() -> None:
    assert is_on(campaign().schedule, "2026-11-07T03:00:00Z")
    assert campaign(schedule={}).schedule == Schedule()
