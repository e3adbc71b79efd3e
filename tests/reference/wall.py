"""Instants and a store's wall clock, as SPEC 1, 3 and 5 say them."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1000
DAY = 86_400 * SECOND
INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z")
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def instant(text: str) -> int:
    """Return milliseconds since 1970; what is finer than a millisecond is cut off (Small print)."""
    match = INSTANT.fullmatch(text)
    assert match is not None, text
    whole = datetime.strptime(match[1] + "+0000", "%Y-%m-%dT%H:%M:%S%z")
    return (whole - EPOCH) // timedelta(milliseconds=1) + int(((match[2] or "") + "000")[:3])


def written(at: int) -> str:
    """Return the instant as `simulate` writes it: `.mmm` only where not zero (SPEC 5, output)."""
    text = (EPOCH + timedelta(milliseconds=at)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{at % 1000:03d}Z" if at % 1000 else f"{text}Z"


def local(at: int, zone: str) -> tuple[date, int]:
    """Return the wall clock of a store: its day and the milliseconds shown since its 00:00."""
    wall = (EPOCH + timedelta(milliseconds=at)).astimezone(ZoneInfo(zone))
    seconds = wall.hour * 3600 + wall.minute * 60 + wall.second
    return wall.date(), seconds * SECOND + wall.microsecond // 1000


def span(text: str) -> tuple[int, int]:
    """Return a daily span such as `21:00-08:00` as milliseconds since 00:00."""
    ends = []
    for part in text.split("-"):
        hours, minutes = part.split(":")
        ends.append((int(hours) * 60 + int(minutes)) * 60 * SECOND)
    return ends[0], ends[1]


def in_quiet_hours(text: str | None, at: int, zone: str) -> bool:
    """Say whether the store's wall clock stands in the span, which may cross midnight (SPEC 2)."""
    if text is None:
        return False
    start, end = span(text)
    _, now = local(at, zone)
    if start <= end:
        return start <= now < end
    return now >= start or now < end


def in_schedule(schedule: dict[str, Any] | None, at: int, zone: str) -> bool:
    """Say whether a campaign's schedule is on at an instant, by the store's wall clock (SPEC 3, 5)."""
    schedule = schedule or {}
    day, now = local(at, zone)
    hours = schedule.get("hours")
    if hours is None:
        return day_is_on(schedule, day)
    for text in hours:
        start, end = span(text)
        # SPEC 3: "start included, end not; a span over midnight belongs to the day it starts on"
        if start <= end:
            inside = start <= now < end and day_is_on(schedule, day)
        else:
            inside = (now >= start and day_is_on(schedule, day)) or (
                now < end and day_is_on(schedule, day - timedelta(days=1))
            )
        if inside:
            return True
    return False


def day_is_on(schedule: dict[str, Any], day: date) -> bool:
    # SPEC 3: "`days`, `starts` and `ends` judge the day on which the hours start"
    if schedule.get("starts") is not None and day < date.fromisoformat(schedule["starts"]):
        return False
    if schedule.get("ends") is not None and day > date.fromisoformat(schedule["ends"]):
        return False
    return schedule.get("days") is None or DAYS[day.weekday()] in schedule["days"]
