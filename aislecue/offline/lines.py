"""JSON-lines files, `.gz` allowed: each line with its number, every malformed one told (up to a limit)."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from protocol.errors import BadInput, Problem

T = TypeVar("T")

MOST_PROBLEMS = 50
"""A file that is wrong throughout says so fifty times, not a million."""


def raw_lines(path: Path) -> Iterator[bytes]:
    """Yield every line of a file, blank ones too. Raises BadInput where it cannot be opened, or read on."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            yield from file
    except FileNotFoundError as fault:
        raise BadInput(Problem(str(path), None, "a file", "nothing there")) from fault
    except (OSError, EOFError) as fault:
        raise BadInput(Problem(str(path), None, "a readable file", str(fault))) from fault


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield (line number, line) of every line that is not blank. Raises BadInput."""
    for number, line in enumerate(raw_lines(path), 1):
        if line.strip():
            yield number, line


class Malformed:
    """The malformed lines of a file."""

    def __init__(self, path: Path, what: str) -> None:
        self._path, self._what = path, what
        self._problems: list[Problem] = []

    def note(self, line_no: int, line: bytes, fault: ValueError) -> None:
        """Take in what is wrong with a line; a blank one is no line. Raises BadInput when it is enough."""
        if line.strip():
            self._problems.append(Problem(str(self._path), line_no, self._what, str(fault)))
        if len(self._problems) >= MOST_PROBLEMS:
            self.tell()

    def tell(self) -> None:
        """Raise BadInput with all of them, if there are any."""
        if self._problems:
            raise BadInput(*self._problems)


def read_lines(path: Path, read: Callable[[bytes], T], what: str) -> Iterator[tuple[int, T]]:
    """Yield (line number, what `read` makes of the line). Raises BadInput after the last line with all problems."""
    malformed = Malformed(path, what)
    for line_no, line in enumerate(raw_lines(path), 1):
        try:
            value = read(line)
        except ValueError as fault:  # msgspec's are too
            malformed.note(line_no, line, fault)
        else:
            yield line_no, value
    malformed.tell()
