from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.document import read_campaign
from campaigns.openings import Window, is_on_at, next_change, windows
from campaigns.schedule import Schedule
from protocol.instants import HOUR, MINUTE, format_instant, parse_instant

ROME = "Europe/Rome"
SATURDAY = parse_instant("2026-11-21T14:32:20Z")
CAMPAIGN = """
version: 1
id: one
name: One
status: live
stores: "*"
trigger: {on: arrive}
schedule: SCHEDULE
message: {en: {title: T, body: B}}
"""


def schedule(text: str) -> Schedule:
    return read_campaign(CAMPAIGN.replace("SCHEDULE", text), "one").schedule


@pytest.mark.parametrize(
    ("text", "now", "at"),
    [
        ("{}", SATURDAY, None),
        ('{hours: ["10:00-13:00", "15:00-19:30"]}', SATURDAY, "2026-11-21T18:30:00Z"),
        ('{hours: ["10:00-13:00"]}', SATURDAY, "2026-11-22T09:00:00Z"),
        ('{days: [mon], hours: ["10:00-13:00"]}', SATURDAY, "2026-11-23T09:00:00Z"),
        ("{days: [sat, sun]}", SATURDAY, "2026-11-22T23:00:00Z"),
        ("{days: [fri]}", SATURDAY, "2026-11-26T23:00:00Z"),
        ('{days: [sat], hours: ["15:00-02:00"]}', SATURDAY, "2026-11-22T01:00:00Z"),
        ("{starts: 2027-03-01, days: [wed]}", SATURDAY, "2027-03-02T23:00:00Z"),
        ("{starts: 2027-03-01, ends: 2027-03-02, days: [wed]}", SATURDAY, None),
        ("{ends: 2026-12-24}", SATURDAY, "2026-12-24T23:00:00Z"),
        ("{ends: 2026-11-20}", SATURDAY, None),
        ('{hours: ["02:30-05:00"]}', parse_instant("2026-03-29T00:10:00Z"), "2026-03-29T01:00:00Z"),
    ],
)
def test_the_next_change_is_the_store_clocks(text: str, now: int, at: str | None) -> None:
    found = next_change(schedule(text), ROME, now)
    assert (None if found is None else format_instant(found)) == at


def test_windows_of_a_week_are_cut_at_its_ends_and_joined_where_they_touch() -> None:
    found = windows(
        schedule('{days: [sun, mon], hours: ["20:00-24:00", "00:00-02:00"]}'), ROME, date(2026, 11, 16), 7
    )
    assert [(format_instant(one.start), (one.end - one.start) // HOUR) for one in found] == [
        ("2026-11-15T23:00:00Z", 2),
        ("2026-11-16T19:00:00Z", 4),
        ("2026-11-21T23:00:00Z", 2),
        ("2026-11-22T19:00:00Z", 4),
    ]
    assert windows(schedule("{}"), ROME, date(2026, 10, 19), 7) == [
        Window(parse_instant("2026-10-18T22:00:00Z"), parse_instant("2026-10-25T23:00:00Z"))
    ], "the week in which clocks go back has an hour more"


HOURS = st.tuples(st.integers(0, 47), st.integers(0, 47)).filter(lambda pair: pair[0] != pair[1])


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.sampled_from(("mon", "wed", "sat", "sun")), min_size=1),
    st.lists(HOURS, max_size=2),
    st.sampled_from(("2026-03-26", "2026-10-22", "2026-11-19")),
)
def test_what_windows_say_is_what_the_schedule_says_at_every_quarter(
    days: set[str], hours: list[tuple[int, int]], first: str
) -> None:
    spans = ", ".join(f'"{a // 2:02d}:{a % 2 * 30:02d}-{b // 2:02d}:{b % 2 * 30:02d}"' for a, b in hours)
    one = schedule(f"{{days: [{', '.join(sorted(days))}]{f', hours: [{spans}]' if spans else ''}}}")
    found = windows(one, ROME, date.fromisoformat(first), 7)
    start = parse_instant(f"{first}T03:00:00Z")
    for at in range(start, start + 6 * 24 * HOUR, 15 * MINUTE):
        assert any(w.start <= at < w.end for w in found) == is_on_at(one, ROME, at)
