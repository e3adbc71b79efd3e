"""JSON-lines files, `.gz` allowed: each line with its number, every malformed one told (up to a limit)."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from protocol.errors import BadInput, Problem

T = TypeVar("T")

MOST_PROBLEMS = 50
"""A file that is wrong throughout says so fifty times, not a million."""


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield (line number, line) of every line that is not blank. Raises BadInput."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line
    except FileNotFoundError as fault:
        raise BadInput(Problem(str(path), None, "a file", "nothing there")) from fault
    except (OSError, EOFError) as fault:
        raise BadInput(Problem(str(path), None, "a readable file", str(fault))) from fault


def read_lines(path: Path, read: Callable[[bytes], T], what: str) -> Iterator[tuple[int, T]]:
    """Yield (line number, what `read` makes of the line). Raises BadInput after the last line with all problems."""
    problems: list[Problem] = []
    for number, line in lines(path):
        try:
            value = read(line)
        except (msgspec.DecodeError, ValueError) as fault:
            problems.append(Problem(str(path), number, what, str(fault)))
            if len(problems) >= MOST_PROBLEMS:
                break
        else:
            yield number, value
    if problems:
        raise BadInput(*problems)
