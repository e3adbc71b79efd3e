"""Marks of a walk: written and read back, typed words, and what is refused with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import BadInput
from protocol.marks import Mark, mark_line, parse_words, read_marks

PLACES = st.none() | st.tuples(st.floats(0, 100), st.floats(0, 100))
MARKS = st.lists(st.builds(Mark, st.integers(0, 2_000_000_000_000), st.none() | st.text(), PLACES))


@given(MARKS)
def test_what_is_written_is_read(marks: list[Mark]) -> None:
    marks = sorted(marks, key=lambda mark: mark.at)
    assert list(read_marks(map(mark_line, marks), "marks")) == marks


@pytest.mark.parametrize(
    ("typed", "mark"),
    [
        ("shoes\n", Mark(5, "shoes", None)),
        ("shoes 26 1.5\n", Mark(5, "shoes", (26, 1.5))),
        ("\n", Mark(5, None, None)),
    ],
)
def test_typed_words(typed: str, mark: Mark) -> None:
    assert parse_words(typed, 5) == mark


@pytest.mark.parametrize("typed", ["shoes 26", "shoes a b", "shoes nan 1", "a b c d"])
def test_other_words_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"expected|convert"):
        parse_words(typed, 5)


@pytest.mark.parametrize(
    "line", [b"{", b'{"at":"noon","here":null}', b'{"at":"1970-01-01T00:00:00Z","here":"a"}']
)
def test_a_bad_line_is_told(line: bytes) -> None:
    first = b'{"at":"2026-11-01T10:00:00Z","here":"shoes"}\n'
    with pytest.raises(BadInput, match=r"^marks:2: expected"):
        list(read_marks([first, line + b"\n"], "marks"))
