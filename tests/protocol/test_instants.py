import pytest

from protocol.instants import HOUR, parse_instant

TEN = parse_instant("2026-11-01T10:00:00Z")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-01T10:00:00+01:00", TEN - HOUR),
        ("2026-11-01t10:00:00-23:59", TEN + 24 * HOUR - HOUR // 60),
        ("2026-11-01 10:00:00.0009Z", TEN),
    ],
)
def test_an_instant_is_read_with_its_offset(text: str, at: int) -> None:
    assert parse_instant(text) == at


@pytest.mark.parametrize("offset", ["+24:00", "-00:60", "+99:99", "+1:00", ""])
def test_an_offset_that_no_clock_has_is_refused(offset: str) -> None:
    with pytest.raises(ValueError, match="expected, got"):
        parse_instant(f"2026-11-01T10:00:00{offset}")
