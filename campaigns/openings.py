"""When a schedule opens and closes: the next change, and the windows of a week, by the store's wall clock (SPEC 3). Pure."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from campaigns.schedule import ALWAYS, Schedule, wall_clock
from protocol.instants import Instant, from_datetime, to_datetime

LOOK_AHEAD_DAYS = 8
"""Schedules repeat every week; a span over midnight may begin the day before."""

NIGHT_HOURS = range(5)
"""Clocks are put forward or back within these, so a boundary in them may come at another instant than it reads."""


class Window(NamedTuple):
    """A schedule is on in [start, end)."""

    start: Instant
    end: Instant


def is_on_at(schedule: Schedule, timezone: str, at: Instant) -> bool:
    return schedule.is_on(wall_clock(at, timezone))


def next_change(schedule: Schedule, timezone: str, now: Instant) -> Instant | None:
    """Return the instant at which a schedule opens next, or closes if it is open; None where that never comes."""
    if schedule == ALWAYS:  # most are, and a list of campaigns asks of each
        return None
    on, zone = is_on_at(schedule, timezone, now), ZoneInfo(timezone)
    for day in _days_to_look(schedule, to_datetime(now).astimezone(zone).date(), on=on):
        for at in _boundaries(schedule, day, zone):
            if at > now and is_on_at(schedule, timezone, at) != on:
                return at
    return None


def windows(schedule: Schedule, timezone: str, first: date, days: int) -> list[Window]:
    """Return when a schedule is on in some days of the store, cut at their ends."""
    zone = ZoneInfo(timezone)
    start, end = _midnight(first, zone), _midnight(first + timedelta(days), zone)
    cuts = {start, end}
    for number in range(days):
        cuts.update(at for at in _boundaries(schedule, first + timedelta(number), zone) if start <= at < end)
    out: list[Window] = []
    ordered = sorted(cuts)
    for at, until in pairwise(ordered):
        if is_on_at(schedule, timezone, at):
            joins = bool(out) and out[-1].end == at
            out.append(Window(out.pop().start if joins else at, until))
    return out


def _days_to_look(schedule: Schedule, today: date, *, on: bool) -> Iterator[date]:
    for number in range(LOOK_AHEAD_DAYS + 1):
        yield today + timedelta(number)
    edge = schedule.ends if on else schedule.starts
    if edge is not None and edge > today:
        for number in range(LOOK_AHEAD_DAYS + 1):
            yield edge + timedelta(number)


def _boundaries(schedule: Schedule, day: date, zone: ZoneInfo) -> list[Instant]:
    """Return every instant of a day at which a schedule may open or close, in order."""
    minutes = {60 * hour for hour in NIGHT_HOURS}
    for span in schedule.hours:
        minutes |= {span.start_min, span.end_min % (24 * 60)}
    times = [datetime.combine(day, time(*divmod(minute, 60)), zone) for minute in minutes]
    found = {from_datetime(one.replace(fold=fold)) for one in times for fold in (0, 1)}
    return sorted(found)


def _midnight(day: date, zone: ZoneInfo) -> Instant:
    return from_datetime(datetime.combine(day, time(), zone))
