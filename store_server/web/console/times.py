"""Instants in a store's own time, with the zone named (SPEC, preface: local time exists only through a store's zone)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from protocol.instants import DAY, Instant, format_instant, from_datetime, to_datetime
from store_server.fleet.kept import Look
from store_server.web.design.language import Language

DAY_NAMES = "Mon Tue Wed Thu Fri Sat Sun"
DAYS_BY_NAME = 7
"""Days from today that a weekday names without doubt."""
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant ready to show: `text` short, `full` with seconds and zone, `utc` for machines."""

    utc: str
    text: str
    full: str


@dataclass(frozen=True)
class StoreTime:
    """One store's wall clock at `now`, in the reader's language."""

    timezone: str
    language: Language
    now: Instant

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def zone_name(self) -> str:
        """Return the zone as people say it: "CET", or an offset such as "+04" where it has no letters."""
        return self._local(self.now).strftime("%Z")

    @property
    def day_start(self) -> Instant:
        """Return the instant today began in the store."""
        midnight = self._local(self.now).replace(hour=0, minute=0, second=0, microsecond=0)
        return from_datetime(midnight)

    @property
    def hour_start(self) -> Instant:
        """Return the instant the running hour began in the store."""
        return from_datetime(self._local(self.now).replace(minute=0, second=0, microsecond=0))

    def clock(self, at: Instant) -> Moment:
        """Return hour, minute and second, with the day where it is not today."""
        return self._moment(at, "%H:%M:%S")

    def brief(self, at: Instant) -> Moment:
        """Return hour and minute, with the day where it is not today."""
        return self._moment(at, "%H:%M")

    def day(self, at: Instant) -> str:
        """Return day and month, with the year where it is not this one."""
        return self._day(self._local(at))

    def day_and_time(self, at: Instant) -> str:
        """Return hour and minute, after the weekday within a week, after the date beyond."""
        local, today = self._local(at), self._local(self.now).date()
        away = (local.date() - today).days
        if away == 0:
            return f"{local:%H:%M}"
        if 0 < away < DAYS_BY_NAME:
            return f"{self.language.gettext(DAY_NAMES).split()[local.weekday()]} {local:%H:%M}"
        return f"{self.day(at)}, {local:%H:%M}"

    def span(self, start: Instant, end: Instant, midnight: Instant) -> str:
        """Return "10:00–13:00" of one day, whose end is 24:00."""
        until = "24:00" if end == midnight else f"{self._local(end):%H:%M}"
        return f"{self._local(start):%H:%M}–{until}"

    def weekday_and_day(self, day: date) -> str:
        """Return "Mon 16 Nov"."""
        month = self.language.gettext(MONTHS).split()[day.month - 1]
        return f"{self.language.gettext(DAY_NAMES).split()[day.weekday()]} {day.day} {month}"

    def zoned(self, at: Instant) -> Moment:
        """Return `brief` with the zone's name, for pages that show several stores."""
        return self._moment(at, "%H:%M %Z")

    def iso_day(self) -> str:
        """Return today in the store as a date field wants it."""
        return self._local(self.now).date().isoformat()

    def typed(self, at: Instant) -> tuple[str, str]:
        """Return a day and a time of this store as fields of a form want them."""
        local = self._local(at)
        return local.date().isoformat(), f"{local:%H:%M}"

    def parse(self, day: str, clock: str) -> Instant:
        """Read a day and a time as typed in this store. Raises ValueError."""
        local = datetime.fromisoformat(f"{day}T{clock}")
        return from_datetime(local.replace(tzinfo=self._zone))

    @cached_property
    def _today(self) -> date:
        return self._local(self.now).date()

    @cached_property
    def _months(self) -> list[str]:
        return self.language.gettext(MONTHS).split()

    def _local(self, at: Instant) -> datetime:
        return to_datetime(at).astimezone(self._zone)

    def _day(self, local: datetime) -> str:
        year = "" if local.year == self._today.year else f" {local.year}"
        return f"{local.day} {self._months[local.month - 1]}{year}"

    def _moment(self, at: Instant, form: str) -> Moment:
        local = self._local(at)
        text = local.strftime(form)
        if local.date() != self._today:
            text = f"{self._day(local)}, {text}"
        full = f"{local.day} {self._months[local.month - 1]} {local:%Y, %H:%M:%S %Z}"
        return Moment(format_instant(at), text, full)


@dataclass(frozen=True, slots=True)
class LookWords:
    """When the fleet was judged, ready to show; no `at`: never yet. `late`: what is shown may be wrong by now."""

    at: Moment | None
    late: bool


def shared_zone(zones: Iterable[str]) -> str:
    """Return the zone that stores have in common, or UTC: they have many clocks."""
    found = set(zones)
    return found.pop() if len(found) == 1 else "UTC"


def look_words(look: Look, language: Language, now: Instant, zones: Iterable[str]) -> LookWords:
    """Return when the fleet was judged, by the clock that stores of these zones have in common."""
    if look.at is None:
        return LookWords(None, look.late)
    times = StoreTime(shared_zone(zones), language, now)
    moment = times.clock(look.at)
    return LookWords(Moment(moment.utc, f"{moment.text} {times.zone_name}", moment.full), look.late)


def duration_words(language: Language, span_ms: int) -> str:
    """Return a span in its two largest units: "90 seconds", "5 min", "2 h 10 min", "3 days"."""
    seconds = span_ms // 1000
    if seconds < 120:
        return language.count("%(n)s second", "%(n)s seconds", seconds)
    minutes = seconds // 60
    if minutes < 60:
        return language.say("%(n)s min", n=minutes)
    if span_ms < DAY:
        hours, rest = divmod(minutes, 60)
        if rest:
            return language.say("%(h)s h %(m)s min", h=hours, m=rest)
        return language.count("%(n)s hour", "%(n)s hours", hours)
    return language.count("%(n)s day", "%(n)s days", timedelta(milliseconds=span_ms).days)
