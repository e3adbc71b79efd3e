"""The iBeacon frame: the bytes after Apple's company id (Apple, Proximity Beacon Specification R1, section 1).

`02 15`, proximity UUID (16), major (2), minor (2), measured power (1, signed), all big-endian; trailing bytes are let be.
"""

import struct
from functools import lru_cache
from typing import Final, NamedTuple

from protocol.errors import BadFrame
from protocol.identity import BeaconIdentity

APPLE_COMPANY_ID: Final = 0x004C
IBEACON_TYPE: Final = b"\x02\x15"
FRAME_BYTES: Final = 23
"""Type and length, UUID, major, minor, power; some beacons append a battery byte, so more is fine."""

TOO_SHORT: Final = "too_short"
NOT_IBEACON: Final = "not_ibeacon"
ABSURD_POWER: Final = "absurd_power"

UUID_CACHE: Final = 4_096
"""Texts kept: a chain uses a handful of UUIDs, the rest is passers-by that must not fill the memory."""

UUID_END: Final = 18
"""Where type, length and UUID end: these bytes tell whose a frame is."""
unpack_tail: Final = struct.Struct(">HHb").unpack_from
"""Major, minor and measured power of a whole frame, from `UUID_END` on."""

_FRAME = struct.Struct(">2s16sHHb")


class Frame(NamedTuple):
    """A decoded frame; `measured_power_dbm` is the RSSI promised at 1 m, 0 where the beacon was never calibrated."""

    identity: BeaconIdentity
    measured_power_dbm: int


def refusal(payload: bytes) -> str | None:
    """Return the reason why the bytes after the company id are no iBeacon frame, or None for a well-formed one.

    Off the air most payloads are no iBeacon, so nothing is raised. The power is not judged.
    """
    if payload[:2] == IBEACON_TYPE and len(payload) >= FRAME_BYTES:
        return None
    return NOT_IBEACON if len(payload) >= 2 and payload[:2] != IBEACON_TYPE else TOO_SHORT


def parse_ibeacon(payload: bytes) -> Frame:
    """Read the bytes after the company id. Raises BadFrame with the counted reason, `absurd_power` included."""
    reason = refusal(payload)
    if reason is not None:
        raise BadFrame(reason)
    major, minor, power_dbm = unpack_tail(payload, UUID_END)
    if power_dbm > 0:
        raise BadFrame(ABSURD_POWER)
    return Frame(BeaconIdentity(uuid_text(payload[len(IBEACON_TYPE) : UUID_END]), major, minor), power_dbm)


def build_ibeacon(identity: BeaconIdentity, measured_power_dbm: int) -> bytes:
    """Write the 23 bytes that `parse_ibeacon` reads."""
    return _FRAME.pack(
        IBEACON_TYPE, uuid_bytes(identity.uuid), identity.major, identity.minor, measured_power_dbm
    )


@lru_cache(maxsize=UUID_CACHE)
def uuid_text(raw: bytes) -> str:
    """Write 16 bytes as a UUID in lower case with dashes."""
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@lru_cache(maxsize=UUID_CACHE)
def uuid_bytes(text: str) -> bytes:
    """Return the 16 bytes of a UUID text."""
    return bytes.fromhex(text.replace("-", ""))
