from datetime import date

import pytest

from campaigns.lint.weeks import comes, covers, minutes_of_day
from campaigns.schedule import ALWAYS, Schedule
from protocol.daytime import parse_day_span

MON, TUE, WED = date(2026, 11, 2), date(2026, 11, 3), date(2026, 11, 4)
NIGHT, MORNING = (parse_day_span("22:00-02:00"),), (parse_day_span("08:00-12:00"),)


def test_days_that_never_fall_in_the_range_never_come() -> None:
    assert not comes(Schedule(MON, TUE, frozenset({2, 6})))
    assert comes(Schedule(MON, WED, frozenset({2, 6})))
    assert comes(Schedule(MON, None, frozenset({2})))
    assert comes(Schedule(MON, TUE))


def test_minutes_of_a_span_over_midnight() -> None:
    minutes = minutes_of_day(Schedule(hours=NIGHT))
    assert len(minutes) == 240
    assert {0, 119, 1320, 1439} <= minutes
    assert 120 not in minutes


@pytest.mark.parametrize(
    ("wider", "narrower", "holds"),
    [
        (ALWAYS, Schedule(hours=NIGHT), True),
        (Schedule(hours=NIGHT), Schedule(hours=NIGHT), True),
        (Schedule(hours=MORNING), ALWAYS, False),
        (Schedule(starts=MON), ALWAYS, False),
        (Schedule(starts=TUE), Schedule(starts=MON), False),
        (Schedule(starts=MON), Schedule(starts=TUE), True),
        (Schedule(ends=TUE), Schedule(ends=WED), False),
        (Schedule(ends=TUE), ALWAYS, False),
        (Schedule(ends=WED), Schedule(ends=TUE, hours=MORNING), True),
        (Schedule(ends=WED), Schedule(ends=TUE, hours=NIGHT), False),
        (Schedule(days=frozenset({0})), Schedule(days=frozenset({0}), hours=NIGHT), False),
        (Schedule(days=frozenset({0, 1})), Schedule(days=frozenset({0}), hours=NIGHT), True),
    ],
)
def test_one_schedule_covers_another(wider: Schedule, narrower: Schedule, holds: bool) -> None:
    assert covers(wider, narrower) is holds
