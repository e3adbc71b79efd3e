"""Sequence numbers as sorted, disjoint ranges with both ends included: [[1,40],[42,42]] (SPEC 7, ack)."""

from collections.abc import Iterable
from typing import TypeAlias

SeqRanges: TypeAlias = tuple[tuple[int, int], ...]


def to_ranges(seqs: Iterable[int]) -> SeqRanges:
    """Return the fewest ranges that hold exactly these numbers, whatever their order."""
    out: list[tuple[int, int]] = []
    for seq in sorted(set(seqs)):
        if out and seq == out[-1][1] + 1:
            out[-1] = (out[-1][0], seq)
        else:
            out.append((seq, seq))
    return tuple(out)


def holds(ranges: SeqRanges, seq: int) -> bool:
    return any(first <= seq <= last for first, last in ranges)
