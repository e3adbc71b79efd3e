import pytest

from protocol.daytime import parse_timezone


def test_a_time_zone_is_a_place_not_what_this_machine_is_set_to() -> None:
    assert parse_timezone("Europe/Rome") == "Europe/Rome"
    for name in ("localtime", "posixrules", "Factory", "Europe/Mailand", "../UTC", ""):
        with pytest.raises(ValueError, match="a time zone such as Europe/Rome expected"):
            parse_timezone(name)
