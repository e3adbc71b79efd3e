"""How far a command has read a file, on a terminal, from two seconds on (SPEC 6)."""

import io
import sys
import time
from pathlib import Path
from typing import Final

PATIENCE_S: Final = 2.0
STEP_S: Final = 0.2
WIDTH: Final = 30


def progress(raw: io.RawIOBase, path: Path) -> io.RawIOBase:
    """Return the file, with a bar on standard error where that is a terminal and there is a size to measure by."""
    size = path.stat().st_size
    return _Watched(raw, path.name, size) if sys.stderr.isatty() and size else raw


class _Watched(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, name: str, size: int) -> None:
        self._raw, self._name, self._size = raw, name, size
        self._read = 0
        self._next = time.perf_counter() + PATIENCE_S
        self._shown = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]  # what a BufferedReader gives
        count = self._raw.readinto(buffer)
        self._read += count or 0
        if count and time.perf_counter() >= self._next:
            self._show()
        if not count and self._shown:
            self._shown = False
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        return count

    def _show(self) -> None:
        self._shown = True
        self._next = time.perf_counter() + STEP_S
        done = min(1.0, self._read / self._size)
        bar = "#" * round(done * WIDTH)
        print(f"\r{self._name} [{bar:<{WIDTH}}] {done:4.0%}", end="", file=sys.stderr, flush=True)
