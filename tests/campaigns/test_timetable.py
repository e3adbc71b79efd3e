"""What is live and on at a minute, for many rules at once (SPEC 3, schedule)."""

from typing import Any

from campaigns.snapshot import Snapshot
from campaigns.timetable import MINUTES_KEPT, Timetable
from protocol.instants import MINUTE, parse_instant
from tests.campaigns.worlds import campaign, plan

MONDAY = parse_instant("2026-11-01T23:00:00Z") // MINUTE
"""The minute of midnight in Rome."""


def timetable(*campaigns: dict[str, Any]) -> Timetable:
    made = [campaign(f"c{k}", trigger={"on": "arrive"}, **more) for k, more in enumerate(campaigns)]
    return Timetable(Snapshot.build([plan()], made).stores["milan"].arrive, "Europe/Rome")


def test_each_rule_that_does_not_match_is_told_its_first_step() -> None:
    nights: dict[str, Any] = {"schedule": {"hours": ["22:00-02:00"], "days": ["sun"]}}
    table = timetable({}, nights, {"status": "draft"} | nights, {"status": "paused"})
    night = (0b0011, ("audience", "audience", "not_live", "not_live"))
    assert table[MONDAY] == night
    assert table[MONDAY + 120] == (0b0001, ("audience", "outside_schedule", "not_live", "not_live"))
    assert table[MONDAY - 1] is table[MONDAY]


def test_minutes_are_forgotten_after_a_day_of_them() -> None:
    table = timetable({"schedule": {"hours": ["00:00-00:01"]}})
    found = [table[MONDAY + k][0] for k in range(MINUTES_KEPT + 2)]
    assert [k for k, rules in enumerate(found) if rules] == [0, 1440]
    assert len(table) == 2
