"""A refusal says what was expected, then what came, whoever found it."""

import msgspec
import pytest

from protocol.refusals import in_order, refused


class _Consent(msgspec.Struct):
    push: bool = False


class _Line(msgspec.Struct):
    id: str
    kind: str | None = None
    tags: list[str] | None = None
    consent: _Consent = msgspec.field(default_factory=_Consent)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"id":5}', "expected id as text, got a whole number"),
        (b'{"id":"a","tags":"x"}', "expected tags as a list or null, got text"),
        (b'{"id":"a","consent":{"push":"yes"}}', "expected consent.push as true or false, got text"),
        (b"[]", "expected a shopper as an object, got a list"),
        (b"{}", "expected 'id' in a shopper, got nothing"),
        (b"{", "expected a shopper, got Input data was truncated"),
    ],
)
def test_a_line_of_another_shape_is_told_in_words(line: bytes, said: str) -> None:
    with pytest.raises(ValueError) as found:  # noqa: PT011
        msgspec.json.decode(line, type=_Line)
    assert str(refused("s.jsonl", 7, "a shopper", found.value)) == f"s.jsonl:7: {said}"


def test_what_a_value_says_is_turned_round() -> None:
    fault = ValueError("an end that differs from the start expected, got '22:00-22:00'")
    assert refused("s.jsonl", 1, "a shopper", fault).expected == "an end that differs from the start"
    assert in_order(str(fault)) == "expected an end that differs from the start, got '22:00-22:00'"
    assert in_order("no key") == "no key"
