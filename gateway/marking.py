"""Marks of a walk while a trace is recorded: the walker types where they stand, the clock adds the instant (docs/hardware.md)."""

import asyncio
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from protocol.clock import Clock
from protocol.marks import mark_line, parse_words

ASKED = "type a zone or beacon id and Enter where you arrive (and x y in metres if you like); Enter alone for a pause"


async def keep_marks(
    typed: asyncio.StreamReader, path: Path, clock: Clock, say: Callable[[str], None]
) -> None:
    """Write a mark for each line typed, at once, until there are no more. Raises OSError."""
    say(ASKED)
    with path.open("wb") as out:
        while line := await typed.readline():
            try:
                mark = parse_words(line.decode(errors="replace"), clock.now())
            except ValueError as fault:
                say(str(fault))
                continue
            out.write(mark_line(mark))
            out.flush()
            say(f"from now on: {mark.here or 'a pause'}")


async def typed_here() -> asyncio.StreamReader:
    """Return what is typed at this terminal, or comes through a pipe. Raises OSError where it is neither."""
    mode = os.fstat(sys.stdin.fileno()).st_mode
    if not (sys.stdin.isatty() or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        raise OSError("standard input: a terminal or a pipe to type marks at expected, got neither")
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader
