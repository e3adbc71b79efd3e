"""Everything `aislecue replay` reads and writes: a plan, traces of three formats, rows of output."""

import gzip
import io
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from aislecue.offline.documents import load_plans
from aislecue.offline.output import writing
from aislecue.offline.playback import Playback
from aislecue.offline.progress import progress
from protocol.captures import read_btsnoop, read_hcidump
from protocol.errors import BadInput, Problem
from protocol.trace import Heard, read_trace

_GZIP = b"\x1f\x8b"
_BTSNOOP = b"btsnoop\0"
_PACKET_STARTS = (b">", b"<", b"HCI sniffer")


def replay(plan: Path, traces: Sequence[Path], form: str | None, out: Path) -> str:
    """Play traces one after the other, write the rows, return the summary as JSON. Raises BadInput, OSError."""
    (store,) = load_plans([plan])
    playback = Playback(store)
    encode = msgspec.json.Encoder().encode
    with writing(out) as file:
        for trace in traces:
            for row in playback.play(read(trace, form)):
                file.write(encode(row) + b"\n")
        summary = encode(playback.summary())
        file.write(summary + b"\n")
    return summary.decode()


def read(path: Path, form: str | None = None) -> Iterator[Heard]:
    """Yield a trace's advertisements in order of arrival. Raises BadInput with file and line, OSError."""
    with path.open("rb", buffering=0) as raw:
        stream = _unpacked(progress(raw, path), str(path))
        if stream.peek(len(BOM_UTF8)).startswith(BOM_UTF8):
            stream.read(len(BOM_UTF8))
        match form or _form(stream):
            case "btsnoop":
                yield from read_btsnoop(cast(BinaryIO, stream), str(path))
            case "hcidump":
                yield from read_hcidump(_lines(stream), str(path))
            case _:
                yield from read_trace(_lines(stream), str(path))


def _unpacked(raw: io.RawIOBase, source: str) -> io.BufferedReader:
    """Return the stream, unzipped where it begins as gzip does, whatever it is called."""
    buffered: io.BufferedReader = io.BufferedReader(cast(Any, raw))
    if buffered.peek(2)[:2] == _GZIP:
        return io.BufferedReader(_Torn(buffered, source))
    return buffered


def _form(stream: io.BufferedReader) -> str:
    """Tell the format by how the file begins."""
    start = stream.peek(16)
    if start.startswith(_BTSNOOP):
        return "btsnoop"
    return "hcidump" if start.startswith(_PACKET_STARTS) else "jsonl"


def _lines(stream: io.BufferedReader) -> Iterator[bytes]:
    yield from stream


class _Torn(io.RawIOBase):
    """A gzip stream that simply ends where its file was cut off, as a recording is when the power fails."""

    def __init__(self, packed: BinaryIO, source: str) -> None:
        self._gzip = gzip.GzipFile(fileobj=packed)
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # a bytearray view is what is given
        try:
            found = self._gzip.read1(len(buffer))
        except EOFError:
            return 0
        except (zlib.error, gzip.BadGzipFile) as fault:
            raise BadInput(Problem(self._source, None, "a gzip file", str(fault))) from fault
        buffer[: len(found)] = found
        return len(found)
