"""A recorded trace (SPEC 9): JSON lines of advertisements in order of arrival, read as a stream."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from protocol.errors import BadInput
from protocol.frame import APPLE_COMPANY_ID
from protocol.instants import Instant, format_instant, parse_instant
from protocol.refusals import refused

MAX_LINE_BYTES = 64 * 1024
"""An advertisement is at most 1,650 bytes of data; a longer line is no trace."""

SHOWN = 40
"""Characters of a line that is wrong: enough to find it by."""
_APPLE = str(APPLE_COMPANY_ID)


class Heard(NamedTuple):
    """One advertisement as recorded; `payload` are the bytes after Apple's company id, empty in packets of others."""

    at: Instant
    gateway: str
    payload: bytes
    rssi_dbm: int


class _Line(msgspec.Struct):
    at: str
    gateway: str
    rssi: int | None = None
    manufacturer: dict[str, str] | None = None


_DECODER = msgspec.json.Decoder(_Line)


def read_trace(lines: Iterable[bytes], source: str) -> Iterator[Heard]:
    """Yield each line's advertisement. Raises BadInput with file and line; a last line cut short ends the trace."""
    for number, line in enumerate(lines, start=1):
        if line.isspace():
            continue
        try:
            yield _heard(line)
        except ValueError as fault:
            if line.startswith(b"{") and not line.endswith(b"\n"):
                return
            raise BadInput(refused(source, number, "a line of a trace (SPEC 9)", fault)) from fault


def trace_line(heard: Heard) -> bytes:
    """Write one advertisement as a line that `read_trace` reads."""
    manufacturer = {_APPLE: heard.payload.hex()} if heard.payload else {}
    line = {
        "at": format_instant(heard.at),
        "gateway": heard.gateway,
        "manufacturer": manufacturer,
        "rssi": heard.rssi_dbm,
    }
    return msgspec.json.encode(line) + b"\n"


def _heard(line: bytes) -> Heard:
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"a line of {len(line)} bytes")
    read = _DECODER.decode(line)
    payload = _payload((read.manufacturer or {}).get(_APPLE, ""))
    return Heard(parse_instant(read.at), read.gateway, payload, read.rssi or 0)


def _payload(digits: str) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError as fault:
        raise ValueError(
            f"manufacturer data as hexadecimal digits expected, got {digits[:SHOWN]!r}"
        ) from fault
