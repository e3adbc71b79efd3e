"""When a campaign is on, and when nothing may interrupt: by the store's wall clock (SPEC 3, 5)."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from protocol.daytime import DaySpan
from protocol.instants import MINUTE, Instant, to_datetime

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
