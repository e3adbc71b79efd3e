"""Messages as they lie on the card: several of one boot in one compressed row, each still acknowledged by itself. Pure.

A message a row costs the card two blocks and its index two more; twenty messages that differ in a few digits fit into one.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, NamedTuple

import msgspec

from protocol.instants import Instant
from protocol.seq_ranges import SeqRanges, holds, to_ranges


class Spooled(NamedTuple):
    """One message for the server; ids rise in the order of spooling, over all boots."""

    id: int
    boot: str
    seq: int
    at: Instant
    clock_synced: bool
    payload: bytes


class Row(NamedTuple):
    """One batch as it is stored; `id` and `at` are those of its newest message."""

    id: int
    boot: str
    seqs: bytes
    at: Instant
    clock_synced: bool
    body: bytes


_Columns = tuple[int, Annotated[str, msgspec.Meta(pattern=r"\A[!-~]+\Z")], bytes, Instant, int, int]
"""What a row that no card has garbled says beside its body."""


@dataclass(slots=True)
class Batch:
    """What is known of a row without reading its body; `waiting` are the messages not acknowledged yet."""

    id: int
    boot: str
    waiting: SeqRanges
    at: Instant
    clock_synced: bool
    size: int

    def depth(self) -> int:
        return sum(last - first + 1 for first, last in self.waiting)

    def true_at(self, offsets: Mapping[str, int]) -> Instant | None:
        """Return when its newest message was said; of an unset clock only where the boot's offset is known."""
        offset_ms = 0 if self.clock_synced else offsets.get(self.boot)
        return None if offset_ms is None else self.at + offset_ms

    def meets(self, low: int, high: int) -> bool:
        """Say whether a message that waits may be among these numbers."""
        return self.waiting[0][0] <= high and low <= self.waiting[-1][1]

    def forget(self, ranges: SeqRanges) -> int:
        """Take what is acknowledged from what waits; return how many messages that were."""
        before = self.depth()
        self.waiting = to_ranges(
            seq for first, last in self.waiting for seq in range(first, last + 1) if not holds(ranges, seq)
        )
        return before - self.depth()


def pack(messages: Sequence[Spooled]) -> list[Row]:
    """Return messages in order of their ids as rows: those of one boot together, before and after it knew the time apart."""
    runs = [
        list(run) for _, run in groupby(messages, key=lambda message: (message.boot, message.clock_synced))
    ]
    return [_row(run) for run in runs]


def unpack(body: bytes) -> list[Spooled]:
    """Return a row's messages. Raises ValueError where it is damaged."""
    try:
        return msgspec.msgpack.decode(zlib.decompress(body), type=list[Spooled])
    except (zlib.error, msgspec.DecodeError) as fault:
        raise ValueError(str(fault)) from fault


def known(id_: int, boot: str, seqs: bytes, at: Instant, clock_synced: int, size: int) -> Batch:
    """Return what the columns beside the body say. Raises ValueError where a card has garbled them."""
    try:
        waiting = msgspec.json.decode(seqs, type=SeqRanges)
    except (msgspec.DecodeError, TypeError) as fault:
        raise ValueError(str(fault)) from fault
    if not waiting:
        raise ValueError("numbers that wait expected, got none")
    return Batch(id_, boot, waiting, at, bool(clock_synced), size)


def sort_out(rows: Iterable[tuple[object, ...]]) -> tuple[list[Batch], list[int]]:
    """Return the batches of a card, and the ids of those that it has garbled."""
    found: list[Batch] = []
    garbled: list[int] = []
    for row in rows:
        try:
            found.append(known(*msgspec.convert(row, _Columns, builtin_types=(bytes,))))
        except ValueError:
            garbled.append(msgspec.convert(row[0], int))
    return found, garbled


def _row(run: Sequence[Spooled]) -> Row:
    newest = run[-1]
    seqs = msgspec.json.encode(to_ranges(message.seq for message in run))
    body = zlib.compress(msgspec.msgpack.encode(list(run)))
    at = max(message.at for message in run)
    return Row(newest.id, newest.boot, seqs, at, newest.clock_synced, body)
