"""LE advertising reports inside HCI events (Bluetooth Core 5.4, vol 4 part E, 7.7.65.2, .10 and .13), however damaged.

Nothing here raises: bytes off the air, or off a torn recording, end the reading where they stop making sense.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from protocol.frame import APPLE_COMPANY_ID, refusal

EVENT_PACKET: Final = 0x04
"""The H4 packet type of an event."""
LE_META_EVENT: Final = 0x3E
ADVERTISING_REPORT: Final = 0x02
DIRECTED_REPORT: Final = 0x0B
EXTENDED_REPORT: Final = 0x0D

MANUFACTURER_DATA: Final = 0xFF
"""AD type (Core Specification Supplement, part A, 1.4)."""

_APPLE: Final = APPLE_COMPANY_ID.to_bytes(2, "little")


class Report(NamedTuple):
    """One advertising report: the advertisement's data (AD structures) and how strongly it was heard."""

    data: bytes
    rssi_dbm: int


def advertising_reports(event: bytes) -> Iterator[Report]:
    """Yield the reports of an HCI event (event code first), each complete one; other events have none."""
    if len(event) < 4 or event[0] != LE_META_EVENT:
        return
    end = min(len(event), 2 + event[1])
    read = _READERS.get(event[2])
    at = 4
    for _ in range(event[3] if read else 0):
        assert read is not None
        found = read(event[:end], at)
        if found is None:
            return
        report, at = found
        yield report


def apple_payload(data: bytes) -> bytes:
    """Return the bytes after Apple's company id, an iBeacon's before any other's; empty where there are none."""
    first = b""
    at = 0
    while at + 1 < len(data) and data[at]:
        end = at + 1 + data[at]
        if end > len(data):
            break
        if data[at + 1] == MANUFACTURER_DATA and data[at + 2 : at + 4] == _APPLE and end >= at + 4:
            payload = data[at + 4 : end]
            if refusal(payload) is None:
                return payload
            first = first or payload
        at = end
    return first


def _legacy(event: bytes, at: int) -> tuple[Report, int] | None:
    """Read event type, address type, address (6), length, data, RSSI."""
    if at + 9 > len(event):
        return None
    end = at + 9 + event[at + 8]
    if end >= len(event):
        return None
    return Report(event[at + 9 : end], _signed(event[end])), end + 1


def _directed(event: bytes, at: int) -> tuple[Report, int] | None:
    """Read 15 bytes of types and addresses, RSSI; such a report carries no data."""
    if at + 16 > len(event):
        return None
    return Report(b"", _signed(event[at + 15])), at + 16


def _extended(event: bytes, at: int) -> tuple[Report, int] | None:
    """Read 13 bytes, RSSI, 9 bytes, length, data."""
    if at + 24 > len(event):
        return None
    end = at + 24 + event[at + 23]
    if end > len(event):
        return None
    return Report(event[at + 24 : end], _signed(event[at + 13])), end


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


_READERS: Final = {ADVERTISING_REPORT: _legacy, DIRECTED_REPORT: _directed, EXTENDED_REPORT: _extended}
