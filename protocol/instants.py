"""Instants and spans on the wire: RFC 3339 UTC text <-> whole milliseconds since 1970 (SPEC, preface and section 6).

Inside the domain an instant is an `int` of milliseconds: exact, ordered, and cheap enough for the hot path.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

Instant: TypeAlias = int
"""Milliseconds since 1970-01-01T00:00:00Z."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH_DAY = date(1970, 1, 1).toordinal()
EARLIEST: Instant = 0
LATEST: Instant = (date(2200, 1, 1).toordinal() - _EPOCH_DAY) * DAY
"""Bounds of what is read: every wall clock and every span added to an instant stays inside the calendar."""

_RFC3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:([Zz])|([+-])(\d{2}):(\d{2}))", re.ASCII
)


@lru_cache(maxsize=4096)
def _day_start(text: str) -> Instant:
    return (date.fromisoformat(text).toordinal() - _EPOCH_DAY) * DAY


@lru_cache(maxsize=4096)
def _day_text(day: int) -> str:
    return date.fromordinal(day + _EPOCH_DAY).isoformat()


@lru_cache(maxsize=4096)
def parse_instant(text: str) -> Instant:
    """Read an RFC 3339 instant; finer than a millisecond is cut off. Raises ValueError.

    Cached: uploads and recordings name the same instants again and again, and where not, the same minutes.
    """
    try:
        at = _to_the_minute(text[:_TO_MINUTE]) + _past_the_minute(text[_TO_MINUTE:])
    except ValueError:
        return _parsed(text)  # which says what is wrong with it
    return at if EARLIEST <= at < LATEST else _parsed(text)


_TO_MINUTE = len("2026-11-01T10:00:")


@lru_cache(maxsize=4096)
def _to_the_minute(text: str) -> Instant:
    return _parsed(f"{text}00Z")


@lru_cache(maxsize=65_536)
def _past_the_minute(text: str) -> Instant:
    """Milliseconds of the seconds, their fraction and the offset."""
    return _parsed(f"1970-01-02T00:00:{text}") - DAY


def _parsed(text: str) -> Instant:
    found = _RFC3339.fullmatch(text)
    if found is None:
        raise ValueError(f"an instant such as 2026-11-01T10:00:00Z expected, got {text!r}")
    day, hour, minute, second, fraction, zulu, sign, offset_h, offset_m = found.groups()
    h, m, s = int(hour), int(minute), int(second)
    if h > 23 or m > 59 or s > 59:
        raise ValueError(f"a time of day up to 23:59:59 expected, got {text!r}")
    at = _day_start(day) + h * HOUR + m * MINUTE + s * SECOND
    if fraction:
        at += int(fraction[:3].ljust(3, "0"))
    if not zulu:
        if int(offset_h) > 23 or int(offset_m) > 59:
            raise ValueError(f"an offset from UTC up to 23:59 expected, got {text!r}")
        shift = int(offset_h) * HOUR + int(offset_m) * MINUTE
        at += shift if sign == "-" else -shift
    if not EARLIEST <= at < LATEST:
        raise ValueError(f"an instant from 1970 to 2199 expected, got {text!r}")
    return at


@lru_cache(maxsize=4096)
def format_instant(at: Instant) -> str:
    """Write an instant as RFC 3339 UTC, with `.mmm` only where it is not zero; cached as `parse_instant` is."""
    day, rest = divmod(at, DAY)
    seconds, ms = divmod(rest, SECOND)
    minutes, s = divmod(seconds, 60)
    h, m = divmod(minutes, 60)
    tail = f".{ms:03d}Z" if ms else "Z"
    return f"{_day_text(day)}T{h:02d}:{m:02d}:{s:02d}{tail}"


def to_datetime(at: Instant) -> datetime:
    """Return the instant as an aware UTC datetime."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)


def from_datetime(moment: datetime) -> Instant:
    """Return an aware datetime as an instant; finer than a millisecond is cut off."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
