"""Sorted in runs or in memory: the same rows in the same order (SPEC 4.8, `simulate` sorts by `at`, then id)."""

from contextlib import closing

from hypothesis import given, settings
from hypothesis import strategies as st

from aislecue.offline.sorting import BLOCK_ROWS, Row, Sorter

_text = st.sampled_from(["a", "b", "zoë"])
_row = st.tuples(st.integers(0, 5), _text, st.integers(0, 2))


def sorted_in_runs(batches: list[list[Row]], run_rows: int) -> list[Row]:
    with closing(Sorter(run_rows)) as sorter:
        for batch in batches:
            sorter.add(batch)
        return [row for block in sorter.blocks() for row in block]


@settings(deadline=None)
@given(st.lists(st.lists(_row, max_size=4), max_size=8), st.integers(1, 6))
def test_runs_of_any_size_give_one_order(drawn: list[list[tuple[int, str, int]]], run_rows: int) -> None:
    seq = iter(range(1_000))
    batches = [[(at, id_, shopper, next(seq), 0, 0) for at, id_, shopper in batch] for batch in drawn]
    assert sorted_in_runs(batches, run_rows) == sorted(row for batch in batches for row in batch)


def test_a_run_longer_than_a_block_comes_back_whole() -> None:
    rows = [(at // 3, "a", 0, at, 0, 0) for at in range(2 * BLOCK_ROWS + 7)]
    assert sorted_in_runs([rows[::-1], rows[:0]], len(rows)) == rows
