"""Rows in order, however many: sorted runs in a temporary file, read back side by side."""

import heapq
import tempfile
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple, TypeAlias

import msgspec

from protocol.instants import Instant

Row: TypeAlias = tuple[Instant, str, int, int, int, int]
"""Instant, id, shopper and place in the input, by which rows are in order, each once; then what was perceived and a slot."""

RUN_ROWS = 100_000
"""About 25 MB while they wait to be sorted."""
BLOCK_ROWS = 500
"""What one run holds in memory while it is read: a hundred million rows are a thousand runs."""


class _Run(NamedTuple):
    """One sorted run in the file."""

    first: Row
    last: Row
    blocks: list[tuple[int, int]]
    """Offset and size of each."""


class Sorter:
    """Takes rows in any order, gives them back sorted; memory does not grow with their number."""

    def __init__(self, run_rows: int = RUN_ROWS) -> None:
        self._run_rows = run_rows
        self._rows: list[Row] = []
        self._runs: list[_Run] = []
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(list[Row]).decode

    def add(self, rows: Iterable[Row]) -> None:
        self._rows += rows
        if len(self._rows) >= self._run_rows:
            self._spill()

    def _spill(self) -> None:
        """Write what waits into the file, but for its last instant: of rows that come in order no two runs overlap."""
        rows = self._rows
        rows.sort()
        whole = bisect_left(rows, rows[-1][:1]) or len(rows)
        blocks = []
        for k in range(0, whole, BLOCK_ROWS):
            block = self._encode(rows[k : min(k + BLOCK_ROWS, whole)])
            blocks.append((self._file.tell(), len(block)))
            self._file.write(block)
        self._runs.append(_Run(rows[0], rows[whole - 1], blocks))
        del rows[:whole]

    def blocks(self) -> Iterator[list[Row]]:
        """Yield the rows in order, some hundred at a time."""
        self._rows.sort()
        together: list[Iterator[list[Row]]] = []
        last: Row | None = None
        waiting = [_Run(self._rows[0], self._rows[-1], [])] if self._rows else []
        for run in sorted((*self._runs, *waiting)):
            if last is not None and run.first > last:
                yield from _merged(together)
                together, last = [], None
            together.append(self._read(run) if run.blocks else iter([self._rows]))
            last = run.last if last is None else max(last, run.last)
        yield from _merged(together)

    def _read(self, run: _Run) -> Iterator[list[Row]]:
        for offset, size in run.blocks:
            self._file.seek(offset)
            yield self._decode(self._file.read(size))

    def close(self) -> None:
        self._file.close()


def _merged(runs: list[Iterator[list[Row]]]) -> Iterator[list[Row]]:
    if len(runs) == 1:  # as files in order give: no comparison a row
        yield from runs[0]
        return
    rows = heapq.merge(*(_rows(run) for run in runs))
    while block := list(islice(rows, BLOCK_ROWS)):
        yield block


def _rows(blocks: Iterable[list[Row]]) -> Iterator[Row]:
    for block in blocks:
        yield from block
