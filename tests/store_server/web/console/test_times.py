import pytest

from protocol.instants import DAY, HOUR, MINUTE, SECOND, parse_instant
from store_server.web.console.times import StoreTime, duration_words
from store_server.web.design.language import Language, load_languages
from tests.store_server.web.console.sample import NOW

MILAN = StoreTime("Europe/Rome", Language("en"), NOW)


def test_times_are_the_stores_own_and_the_day_is_named_where_it_is_another() -> None:
    assert MILAN.brief(NOW).text == "15:32"
    assert MILAN.brief(NOW - DAY).text == "20 Nov, 15:32"
    assert MILAN.brief(NOW - 365 * DAY).text == "21 Nov 2025, 15:32"
    assert MILAN.zoned(NOW).text == "15:32 CET"
    assert MILAN.clock(NOW).full == "21 Nov 2026, 15:32:20 CET"
    assert MILAN.clock(NOW).utc == "2026-11-21T14:32:20Z"


def test_today_begins_at_the_stores_midnight_across_a_clock_change() -> None:
    sunday = StoreTime("Europe/Rome", Language("en"), parse_instant("2026-10-25T12:00:00Z"))
    assert sunday.day_start == parse_instant("2026-10-24T22:00:00Z")
    assert sunday.zone_name == "CET"


def test_what_a_manager_types_is_store_time() -> None:
    assert MILAN.parse("2026-07-01", "14:05") == parse_instant("2026-07-01T12:05:00Z")
    with pytest.raises(ValueError, match="day is out of range"):
        MILAN.parse("2026-07-32", "14:05")


def test_months_in_italian() -> None:
    assert StoreTime("Europe/Rome", load_languages()["it"], NOW).day(NOW) == "21 nov"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (SECOND, "1 second"),
        (90 * SECOND, "90 seconds"),
        (2 * MINUTE, "2 min"),
        (HOUR, "1 hour"),
        (2 * HOUR + 10 * MINUTE, "2 h 10 min"),
        (7 * DAY, "7 days"),
    ],
)
def test_spans_in_words(span: int, words: str) -> None:
    assert duration_words(Language("en"), span) == words
