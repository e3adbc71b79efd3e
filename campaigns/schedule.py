"""When a campaign is on, and when nothing may interrupt: by the store's wall clock (SPEC 3, 5)."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from protocol.daytime import DaySpan, parse_day_span
from protocol.instants import MINUTE, Instant, to_datetime
from protocol.reading import Reader, hint, shown

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class WallClock(NamedTuple):
    """What the store's clock shows: the day's ordinal and the minute of the day."""

    day: int
    minute: int


@lru_cache(maxsize=65_536)
def _wall_clock(minute: int, timezone: str) -> WallClock:
    local = to_datetime(minute * MINUTE).astimezone(ZoneInfo(timezone))
    return WallClock(local.toordinal(), local.hour * 60 + local.minute)


def wall_clock(at: Instant, timezone: str) -> WallClock:
    """Return the wall clock of a time zone; a repeated hour shows twice, a skipped one never."""
    return _wall_clock(at // MINUTE, timezone)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Days and hours on which a campaign is on; everything absent means always."""

    starts: date | None = None
    ends: date | None = None
    days: frozenset[int] | None = None
    """Weekdays, Monday is 0."""
    hours: tuple[DaySpan, ...] = ()

    def is_on(self, clock: WallClock) -> bool:
        """Say whether the campaign is on; a span over midnight belongs to the day it starts on."""
        if not self.hours:
            return self._day_is_on(clock.day)
        for span in self.hours:
            if not span.contains(clock.minute):
                continue
            after_midnight = span.crosses_midnight and clock.minute < span.end_min
            if self._day_is_on(clock.day - 1 if after_midnight else clock.day):
                return True
        return False

    def _day_is_on(self, day: int) -> bool:
        if self.starts is not None and day < self.starts.toordinal():
            return False
        if self.ends is not None and day > self.ends.toordinal():
            return False
        # Ordinal 1 was a Monday.
        return self.days is None or (day - 1) % 7 in self.days


ALWAYS = Schedule()


def read_schedule(r: Reader | None) -> Schedule:
    """Read a campaign's schedule, noting every problem; an absent one is always."""
    if r is None:
        return ALWAYS
    starts, ends = r.parsed("starts", _day, None), r.parsed("ends", _day, None)
    if starts and ends and ends < starts:
        r.fault("ends", f"a last day not before the first, {starts}", str(ends))
    schedule = Schedule(starts=starts, ends=ends, days=_weekdays(r), hours=_hours(r))
    r.done()
    return schedule


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):  # ISO weeks and days without dashes are dates too, but not here
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f"a day such as 2026-11-01 expected, got {text!r}")


def _weekdays(r: Reader) -> frozenset[int] | None:
    if not r.has("days"):
        return None
    out = set()
    for k, day in enumerate(r.items("days", empty=False)):
        if day in WEEKDAYS:
            out.add(WEEKDAYS.index(day))
        else:
            r.fault(("days", k), f"days out of {', '.join(WEEKDAYS)}", shown(day) + hint(str(day), WEEKDAYS))
    return frozenset(out)


def _hours(r: Reader) -> tuple[DaySpan, ...]:
    spans = []
    for k, text in enumerate(r.items("hours", empty=False) if r.has("hours") else []):
        try:
            if not isinstance(text, str):
                raise ValueError(f'hours such as "09:00-17:30" expected, got {shown(text)}')
            spans.append(parse_day_span(text))
        except ValueError as fault:
            expected, _, got = str(fault).partition(" expected, got ")
            r.fault(("hours", k), expected, got)
    return tuple(spans)
