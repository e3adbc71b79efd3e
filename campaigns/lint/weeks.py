"""What a schedule covers, week by week: whether it ever comes, and whether one covers another (SPEC 3, schedule)."""

from campaigns.schedule import Schedule
from protocol.daytime import MIDNIGHT

WEEK_DAYS = 7
WEEK_MIN = WEEK_DAYS * MIDNIGHT


def comes(schedule: Schedule) -> bool:
    """Say whether any day of the range is one of the weekdays."""
    if schedule.starts is None or schedule.ends is None or schedule.days is None:
        return True
    first, last = schedule.starts.toordinal(), schedule.ends.toordinal()
    # Ordinal 1 was a Monday.
    return any((day - 1) % WEEK_DAYS in schedule.days for day in range(first, min(last, first + 6) + 1))


def minutes_of_day(schedule: Schedule) -> set[int]:
    """Return the minutes of the day at which it may be on."""
    return {minute % MIDNIGHT for minute in _minutes_of_week(schedule)}


def covers(wider: Schedule, narrower: Schedule) -> bool:
    """Say whether `wider` can be seen to be on whenever `narrower` is."""
    if wider == narrower:
        return True
    if wider.starts is not None and (narrower.starts is None or narrower.starts < wider.starts):
        return False
    if wider.ends is not None and (narrower.ends is None or narrower.ends > wider.ends):
        return False
    bounded = wider.starts is not None or wider.ends is not None
    if bounded and any(span.crosses_midnight for span in (*wider.hours, *narrower.hours)):
        return False  # the night after the last day belongs to it, or does not: not worth the arithmetic
    return _minutes_of_week(narrower) <= _minutes_of_week(wider)


def _minutes_of_week(schedule: Schedule) -> set[int]:
    out: set[int] = set()
    for day in range(WEEK_DAYS) if schedule.days is None else schedule.days:
        start = day * MIDNIGHT
        if not schedule.hours:
            out.update(range(start, start + MIDNIGHT))
        for span in schedule.hours:
            end = span.end_min + (MIDNIGHT if span.crosses_midnight else 0)
            out.update((start + minute) % WEEK_MIN for minute in range(span.start_min, end))
    return out
