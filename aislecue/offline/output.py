"""Where an offline command writes: a file that appears whole or not at all, a pipe, or standard output."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Open the output; `-` is standard output, and a file appears whole or not at all."""
    if str(path) == "-":
        yield sys.stdout.buffer
        return
    if path.exists() and not path.is_file():  # a pipe or a device takes the lines as they come
        with path.open("wb") as out:
            yield out
        return
    part = path.with_name(path.name + ".part")
    with part.open("wb") as out:
        yield out
    part.replace(path)
