"""Which of many rules are live and on at a minute of their store's clock, all at once (SPEC 3, schedule; 5)."""

from collections.abc import Iterable
from typing import TypeAlias

from campaigns.rule import Rules
from campaigns.schedule import Schedule, wall_clock
from protocol.instants import MINUTE

MINUTES_KEPT = 1_440
"""A day of minutes: what one timetable remembers."""


Standing: TypeAlias = tuple[int, tuple[str, ...]]
"""The rules that are live and on, as a bitmap (bit k is rule k); and what stops each rule that does not match."""


class Timetable(dict[int, Standing]):
    """Minute since 1970 -> what stands then. It fills itself: where a minute is known, no call is needed."""

    def __init__(self, rules: Rules, timezone: str) -> None:
        super().__init__()
        self._timezone = timezone
        self._live = bitmap(k for k, rule in enumerate(rules) if rule.live)
        self._stopped = ["outside_schedule" if rule.live else "not_live" for rule in rules]
        self._by_schedule: dict[Schedule, int] = {}
        """Many rules share few schedules."""
        for k, rule in enumerate(rules):
            schedule = rule.campaign.schedule
            self._by_schedule[schedule] = self._by_schedule.get(schedule, 0) | 1 << k
        self._alike: dict[int, Standing] = {}
        """The same rules stand through many minutes."""

    def __missing__(self, minute: int) -> Standing:
        if len(self) >= MINUTES_KEPT:
            self.clear()
            self._alike.clear()
        clock = wall_clock(minute * MINUTE, self._timezone)
        on = sum(rules for schedule, rules in self._by_schedule.items() if schedule.is_on(clock))
        stand = on & self._live
        standing = self._alike.get(stand)
        if standing is None:
            standing = self._alike[stand] = (stand, self._reasons(stand))
        self[minute] = standing
        return standing

    def _reasons(self, stand: int) -> tuple[str, ...]:
        lowest_first = f"{stand:0{len(self._stopped)}b}"[::-1]
        return tuple(
            [
                "audience" if bit == "1" else stopped
                for bit, stopped in zip(lowest_first, self._stopped, strict=True)
            ]
        )


def bitmap(places: Iterable[int]) -> int:
    return sum(1 << k for k in places)
