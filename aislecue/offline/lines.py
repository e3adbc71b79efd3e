"""JSON-lines files, `.gz` allowed: each line with its number, every malformed one told (up to a limit)."""

import gzip
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import msgspec

from protocol.errors import BadInput, Problem
from protocol.refusals import refused

T = TypeVar("T")
U = TypeVar("U")

MOST_PROBLEMS = 50
"""A file that is wrong throughout says so fifty times, not a million."""
CHUNK_BYTES = 64 * 1024
"""Some 400 sightings at a time: more are no faster, and would no longer stay in a processor's cache."""


def chunks(path: Path) -> Iterator[bytes]:
    """Yield a file's whole lines, many at a time. Raises BadInput where it cannot be opened, or read on."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            start = file.read(len(BOM_UTF8))  # Windows begins its UTF-8 files with a mark
            chunk = start.removeprefix(BOM_UTF8) + file.read(CHUNK_BYTES)
            while chunk:
                yield chunk + file.readline()
                chunk = file.read(CHUNK_BYTES)
    except FileNotFoundError as fault:
        raise BadInput(Problem(str(path), None, "a file", "nothing there")) from fault
    except (OSError, EOFError) as fault:
        raise BadInput(Problem(str(path), None, "a readable file", str(fault))) from fault


def raw_lines(path: Path) -> Iterator[bytes]:
    """Yield every line of a file, blank ones too. Raises BadInput where it cannot be opened, or read on."""
    for chunk in chunks(path):
        yield from BytesIO(chunk)


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
            self._problems.append(refused(str(self._path), line_no, self._what, fault))
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


def read_many(
    path: Path, decoder: msgspec.json.Decoder[T], read: Callable[[list[T]], U], what: str
) -> Iterator[U]:
    """Yield what `read` makes of the lines, many at a time. Raises BadInput after the last with all problems."""
    malformed = Malformed(path, what)
    first = 1
    for chunk in chunks(path):
        ends = chunk.count(b"\n")
        try:
            found = read(_decoded(decoder, chunk, ends))
        except ValueError:
            for line_no, line in enumerate(BytesIO(chunk), first):
                try:
                    one = read([decoder.decode(line)])
                except ValueError as fault:
                    malformed.note(line_no, line, fault)
                else:
                    yield one
        else:
            yield found
        first += ends
    malformed.tell()


def _decoded(decoder: msgspec.json.Decoder[T], chunk: bytes, ends: int) -> list[T]:
    """Decode a chunk's lines together. Raises ValueError where one is malformed, blank, or not one object."""
    found = decoder.decode_lines(chunk)  # which heeds no line ends: objects may share a line, or go over two
    gaps = len(found) - 1
    between = b"}\r\n{" if chunk.endswith(b"\r\n") else b"}\n{"  # stands in no object: in a gap, or nowhere
    if chunk.count(between) != gaps or ends - chunk.endswith(b"\n") != gaps:
        raise ValueError("one object a line expected")
    return found
