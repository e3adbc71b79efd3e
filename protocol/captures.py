"""Recordings of a Bluetooth adapter: `hcidump -R` text and btsnoop files (RFC 1761's shape, BlueZ doc/btsnoop.txt)."""

import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from protocol.errors import BadInput, Problem
from protocol.hci import EVENT_PACKET, advertising_reports, apple_payload
from protocol.instants import Instant
from protocol.trace import SHOWN, Heard

GATEWAY: Final = "replay"
"""Whose ears an adapter's recording is (SPEC 9)."""
HCIDUMP_STEP_MS: Final = 10
"""hcidump -R knows no times; its advertisements count as this far apart, from 1970 on (SPEC 9)."""

_TITLE: Final = b"HCI sniffer"
"""How hcidump begins, before any packet: alone, nothing was heard."""
_MAGIC: Final = b"btsnoop\0"
_HEADER: Final = struct.Struct(">8sII")
_RECORD: Final = struct.Struct(">IIIIq")
_EPOCH_US: Final = 0x00DCDDB30F2F8000
"""1970 in btsnoop's microseconds since the year 0."""
_MAX_RECORD_BYTES: Final = 1 << 16
_H1, _H4, _MONITOR = 1001, 1002, 2001
_H1_EVENT_FLAGS: Final = 0x3
"""Received, and an event."""
_MONITOR_EVENT: Final = 3


def read_hcidump(lines: Iterable[bytes], source: str) -> Iterator[Heard]:
    """Yield the advertisements of `hcidump -R` text; remarks between packets are passed over. Raises BadInput."""
    at: Instant = 0
    for packet in _hcidump_packets(lines, source):
        if packet[:1] != bytes([EVENT_PACKET]):
            continue
        for report in advertising_reports(packet[1:]):
            yield Heard(at, GATEWAY, apple_payload(report.data), report.rssi_dbm)
            at += HCIDUMP_STEP_MS


def read_btsnoop(stream: BinaryIO, source: str) -> Iterator[Heard]:
    """Yield the advertisements of a btsnoop file; a record cut short ends it. Raises BadInput."""
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(_MAGIC):
        raise BadInput(Problem(source, None, "a btsnoop file", f"a file that begins {header[:8]!r}"))
    _, version, link = _HEADER.unpack(header)
    if version != 1 or link not in (_H1, _H4, _MONITOR):
        raise BadInput(
            Problem(
                source, None, "btsnoop version 1 of HCI (1001, 1002 or 2001)", f"version {version}, {link}"
            )
        )
    for at, flags, packet in _btsnoop_records(stream, source):
        for report in advertising_reports(_event(link, flags, packet)):
            yield Heard(at, GATEWAY, apple_payload(report.data), report.rssi_dbm)


def _hcidump_packets(lines: Iterable[bytes], source: str) -> Iterator[bytes]:
    """Yield packets from the controller: "> 04 3E ..." and the indented lines that go on with it. Raises BadInput."""
    packet: bytes | None = None
    heard, stray = False, None
    for number, line in enumerate(lines, start=1):
        if line.startswith((b">", b"<")):
            yield packet or b""
            digits = _digits(line[1:], source, number)
            packet, heard = digits if line.startswith(b">") else b"", True
        elif packet is not None and line.startswith(b"  "):
            packet += _digits(line, source, number)
        elif line.strip():
            yield packet or b""
            packet, stray = None, stray or (number, line)
    yield packet or b""
    if stray and not heard and not stray[1].startswith(_TITLE):
        raise _no_packet(source, *stray)


def _digits(text: bytes, source: str, number: int) -> bytes:
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError as fault:
        if not text.endswith(b"\n"):  # a capture whose last line was cut short
            return b""
        raise _no_packet(source, number, text) from fault


def _no_packet(source: str, number: int, line: bytes) -> BadInput:
    got = repr(line[:SHOWN].strip().decode("ascii", "backslashreplace"))
    return BadInput(Problem(source, number, "packets of hcidump -R such as > 04 3E 0C 02 01", got))


def _btsnoop_records(stream: BinaryIO, source: str) -> Iterator[tuple[Instant, int, bytes]]:
    number = 0
    while True:
        number += 1
        head = stream.read(_RECORD.size)
        if len(head) < _RECORD.size:
            return
        _, length, flags, _, stamp_us = _RECORD.unpack(head)
        if length > _MAX_RECORD_BYTES:
            raise BadInput(
                Problem(source, number, f"a record of at most {_MAX_RECORD_BYTES} bytes", f"{length}")
            )
        packet = stream.read(length)
        if len(packet) < length:
            return
        yield max(0, stamp_us - _EPOCH_US) // 1_000, flags, packet


def _event(link: int, flags: int, packet: bytes) -> bytes:
    """Return the event in a record, or nothing."""
    if link == _H4:
        return packet[1:] if packet[:1] == bytes([EVENT_PACKET]) else b""
    if link == _H1:
        return packet if flags & _H1_EVENT_FLAGS == _H1_EVENT_FLAGS else b""
    return packet if flags & 0xFFFF == _MONITOR_EVENT else b""
