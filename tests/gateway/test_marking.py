"""Marks typed while a trace is recorded: each line with its instant, at once; what is no mark is said and left out."""

import asyncio
import subprocess
import sys
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


SETTINGS = """\
store = "milan"
gateway = "gw-walk"
data_dir = "data"
allowed_uuids = ["8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"]
broker = {host = "127.0.0.1", port = 1883}
"""


def test_without_a_terminal_or_a_pipe_the_command_says_so(tmp_path: Path) -> None:
    settings = tmp_path / "gateway.toml"
    settings.write_text(SETTINGS)
    told = ("--settings", settings, "--out", tmp_path / "walk.jsonl", "--marks", tmp_path / "walk.marks")
    command = (sys.executable, "-m", "aislecue.cli", "gateway", "record", *told)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        "standard input: a terminal or a pipe to type marks at expected, got neither\n",
    )
