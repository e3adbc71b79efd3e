"""Marks typed while a trace is recorded: each line with its instant, at once; what is no mark is said and left out."""

import asyncio
from pathlib import Path

from gateway.marking import keep_marks
from protocol.marks import Mark, read_marks
from tests.fakes.clock import START, ManualClock


async def test_what_is_typed_becomes_a_mark_at_that_instant(tmp_path: Path) -> None:
    clock, typed, said = ManualClock(), asyncio.StreamReader(), list[str]()
    path = tmp_path / "walk.marks"
    async with asyncio.TaskGroup() as group:
        group.create_task(keep_marks(typed, path, clock, said.append))
        for line in (b"shoes 26 15\n", b"till 1\n", b"\n"):
            typed.feed_data(line)
            await clock.settle()
            await clock.pass_ms(1_000)
        # On disk while the walk goes on: a receiver whose battery ends keeps what it had.
        assert list(read_marks(path.read_bytes().splitlines(keepends=True), "marks")) == [
            Mark(START, "shoes", (26, 15)),
            Mark(START + 2_000, None, None),
        ]
        typed.feed_eof()
    assert "got 'till 1'" in said[2]
