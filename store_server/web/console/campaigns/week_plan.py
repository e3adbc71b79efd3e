"""A week of windows, day by day in the store's time: a campaign's own, and those of campaigns it may meet. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from campaigns.document import Campaign
from campaigns.meeting import goes_first
from campaigns.openings import Window, windows
from campaigns.schedule import ALWAYS
from store_server.web.console.times import StoreTime

WEEK = 7


@dataclass(frozen=True, slots=True)
class Bar:
    """One window of a day: its words, where it lies in the day in percent, whether it meets the campaign's own."""

    words: str
    start_pct: float
    width_pct: float
    meets: bool


@dataclass(frozen=True, slots=True)
class WeekRow:
    """One campaign's week."""

    id: str
    name: str
    priority: int
    own: bool
    first: bool
    """Whether it is taken before the campaign whose page this is."""
    days: tuple[tuple[Bar, ...], ...]

    @property
    def ever_meets(self) -> bool:
        return any(bar.meets for day in self.days for bar in day)


def monday_of(day: date) -> date:
    return day - timedelta(day.weekday())


def week_rows(one: Campaign, others: Sequence[Campaign], times: StoreTime, monday: date) -> list[WeekRow]:
    """Return the campaign's week, then those of the others."""
    timezone = times.timezone
    days = [monday + timedelta(number) for number in range(WEEK)]
    own = [windows(one.schedule, timezone, day, 1) for day in days]
    rows = []
    for campaign in (one, *others):
        found = own if campaign is one else [windows(campaign.schedule, timezone, day, 1) for day in days]
        bars = tuple(
            tuple(_bar(window, edges, mine if campaign is not one else (), times) for window in of_day)
            for of_day, mine, edges in zip(found, own, _edges(days, timezone), strict=True)
        )
        rows.append(
            WeekRow(
                campaign.id,
                campaign.name,
                campaign.priority,
                campaign is one,
                campaign is not one and goes_first(campaign, one),
                bars,
            )
        )
    return rows


def _edges(days: Sequence[date], timezone: str) -> list[Window]:
    return [windows(ALWAYS, timezone, day, 1)[0] for day in days]


def _bar(window: Window, day: Window, own: Sequence[Window], times: StoreTime) -> Bar:
    length = day.end - day.start
    return Bar(
        words=times.span(window.start, window.end, midnight=day.end),
        start_pct=round(100 * (window.start - day.start) / length, 2),
        width_pct=round(100 * (window.end - window.start) / length, 2),
        meets=any(mine.start < window.end and window.start < mine.end for mine in own),
    )
