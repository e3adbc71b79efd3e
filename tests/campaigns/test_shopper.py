"""A line of shoppers.jsonl (SPEC 6)."""

import pytest

from campaigns.shopper import read_shopper
from protocol.errors import BadInput


def test_what_is_absent_is_a_no() -> None:
    one = read_shopper(b'{"id":"s"}', "shoppers.jsonl", 1)
    assert not one.consents("push")
    assert one.channels == {"push"}
    assert not one.has_tags


def test_a_whole_line() -> None:
    one = read_shopper(
        '{"id":"s","locale":"it","tags":["a"],"consent":{"push":true,"sms":1},"quiet_hours":"22:00-07:00",'
        '"channels":[]}',
        "shoppers.jsonl",
        1,
    )
    assert one.consents("push")
    assert not one.consents("sms")
    assert (one.tags, one.channels, str(one.quiet_hours)) == (("a",), frozenset(), "22:00-07:00")


@pytest.mark.parametrize("line", [b"{", b'{"id":5}', b'{"id":"s","quiet_hours":"22-7"}'])
def test_a_malformed_line_is_refused_with_its_number(line: bytes) -> None:
    with pytest.raises(BadInput) as fault:
        read_shopper(line, "shoppers.jsonl", 7)
    assert str(fault.value).startswith("shoppers.jsonl:7: expected a shopper, got ")
