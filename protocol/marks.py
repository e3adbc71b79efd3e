"""Marks of a walk: where the person with the receiver stood from an instant on, beside a recorded trace (docs/hardware.md).

JSON lines `{"at","here","position"?}`: `here` is the id of a zone or beacon of the plan, null for a pause.
"""

from collections.abc import Iterable, Iterator
from math import isfinite
from typing import NamedTuple

import msgspec

from protocol.errors import BadInput, Problem
from protocol.instants import Instant, format_instant, parse_instant
from protocol.refusals import refused


class Mark(NamedTuple):
    """One mark; `position` in metres on the floor where it was told."""

    at: Instant
    here: str | None
    position: tuple[float, float] | None


class _Line(msgspec.Struct, omit_defaults=True):
    at: str
    here: str | None
    position: tuple[float, float] | None = None


_DECODER = msgspec.json.Decoder(_Line)


def parse_words(line: str, at: Instant) -> Mark:
    """Read what a walker types: `shoes`, `shoes 26 15`, `SHOES-1`, or nothing for a pause. Raises ValueError."""
    match line.split():
        case []:
            return Mark(at, None, None)
        case [here]:
            return Mark(at, here, None)
        case [here, x, y]:
            point = (float(x), float(y))
            if all(map(isfinite, point)):
                return Mark(at, here, point)
    raise ValueError(f"a zone or beacon expected, and its place in metres if you like, got {line.strip()!r}")


def mark_line(mark: Mark) -> bytes:
    """Write one mark as a line that `read_marks` reads."""
    return msgspec.json.encode(_Line(format_instant(mark.at), mark.here, mark.position)) + b"\n"


def read_marks(lines: Iterable[bytes], source: str) -> Iterator[Mark]:
    """Yield the marks in order. Raises BadInput with file and line."""
    last: Instant | None = None
    for number, line in enumerate(lines, start=1):
        if line.isspace():
            continue
        try:
            read = _DECODER.decode(line)
            mark = Mark(parse_instant(read.at), read.here, read.position)
        except ValueError as fault:
            raise BadInput(
                refused(source, number, 'a line of marks such as {"at", "here"}', fault)
            ) from fault
        if last is not None and mark.at < last:
            raise BadInput(Problem(source, number, "marks in the order of time", read.at))
        last = mark.at
        yield mark
