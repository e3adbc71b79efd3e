"""Recordings of a Bluetooth adapter: `hcidump -R` text and btsnoop files (RFC 1761's shape, BlueZ doc/btsnoop.txt)."""

import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from protocol.errors import BadInput, Problem
from protocol.hci import EVENT_PACKET, advertising_reports, apple_payload
from protocol.instants import Instant
from protocol.trace import Heard

GATEWAY: Final = "replay"
"""Whose ears an adapter's recording is (SPEC 9)."""
HCIDUMP_STEP_MS: Final = 10
"""hcidump -R knows no times; its advertisements count as this far apart, from 1970 on (SPEC 9)."""

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


def read_hcidump(lines: Iterable[bytes]) -> Iterator[Heard]:
    """Yield the advertisements of `hcidump -R` text; lines that are no packet, and damaged packets, are passed over."""
    at: Instant = 0
    for packet in _hcidump_packets(lines):
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


def _hcidump_packets(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield packets from the controller: "> 04 3E ..." and the indented lines that go on with it."""
    digits: bytes | None = None
    for line in lines:
        if line[:1] in b"><" and line[:1]:
            yield from _packet(digits)
            digits = line[1:] if line.startswith(b">") else None
        elif digits is not None and line[:2] == b"  ":
            digits += line
        elif line.strip():
            yield from _packet(digits)
            digits = None
    yield from _packet(digits)


def _packet(digits: bytes | None) -> Iterator[bytes]:
    if digits is None:
        return
    try:
        yield bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        # A torn line of a text capture; the packets around it are still worth reading.
        return


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
