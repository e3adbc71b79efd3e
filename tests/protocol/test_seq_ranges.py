"""Sequence ranges (SPEC 7, ack)."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from protocol.seq_ranges import holds, to_ranges


def test_the_specified_example() -> None:
    assert to_ranges([*range(1, 41), 42]) == ((1, 40), (42, 42))


@given(st.lists(st.integers(1, 60)))
def test_ranges_hold_exactly_the_numbers_given_and_are_the_fewest(seqs: list[int]) -> None:
    ranges = to_ranges(seqs)
    assert {n for n in range(70) if holds(ranges, n)} == set(seqs)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(ranges))
