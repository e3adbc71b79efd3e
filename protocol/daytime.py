"""The store's wall clock: its time zone, and spans such as "21:00-08:00" (SPEC 2, 3): start included, end not."""

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

MIDNIGHT = 24 * 60
"""Minutes of a day."""

_SPAN = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class DaySpan:
    """Minutes of the day [start, end); an end at or before the start lies on the next day."""

    start_min: int
    end_min: int

    @property
    def crosses_midnight(self) -> bool:
        return self.end_min < self.start_min

    def contains(self, minute: int) -> bool:
        """Say whether a wall-clock minute lies inside, whichever day the span began on."""
        if self.crosses_midnight:
            return minute >= self.start_min or minute < self.end_min
        return self.start_min <= minute < self.end_min

    def __str__(self) -> str:
        return f"{_clock(self.start_min)}-{_clock(self.end_min)}"


def parse_day_span(text: str) -> DaySpan:
    """Read "HH:MM-HH:MM"; 24:00 and 00:00 as an end are midnight. Raises ValueError."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f'hours such as "09:00-17:30" expected, got {text!r}')
    h0, m0, h1, m1 = map(int, found.groups())
    if h0 > 23 or m0 > 59:
        raise ValueError(f"a start from 00:00 to 23:59 expected, got {text!r}")
    if m1 > 59 or h1 * 60 + m1 > MIDNIGHT:
        raise ValueError(f"an end from 00:00 to 24:00 expected, got {text!r}")
    start, end = h0 * 60 + m0, h1 * 60 + m1
    if start == end:
        raise ValueError(f"an end that differs from the start expected, got {text!r}")
    return DaySpan(start, end or MIDNIGHT)


_OF_THE_MACHINE = frozenset(("localtime", "posixrules", "Factory"))
"""Files beside the zones that are no place: what they say differs from machine to machine."""


def parse_timezone(name: str) -> str:
    """Return the name of a time zone that is known here. Raises ValueError."""
    try:
        if name in _OF_THE_MACHINE:
            raise KeyError(name)
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as fault:
        raise ValueError(f"a time zone such as Europe/Rome expected, got {name!r}") from fault
    return name


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
