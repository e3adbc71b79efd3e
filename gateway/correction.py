"""Presence written before true time was known, shifted to it (SPEC 7, clock_synced). Pure."""

import msgspec

from gateway.spool import Spooled
from protocol.messages import BeaconPresence, Presence, WireInstant, decode, encode


def corrected(message: Spooled, offset_ms: int | None) -> bytes:
    """Return the message's payload in true time; unchanged where it is already, or nobody knows."""
    if message.clock_synced or offset_ms is None:
        return message.payload
    presence = decode(Presence, message.payload)
    return encode(
        msgspec.structs.replace(
            presence,
            clock_synced=True,
            sent_at=WireInstant(presence.sent_at + offset_ms),
            beacons=tuple(_shifted(beacon, offset_ms) for beacon in presence.beacons),
        )
    )


def _shifted(beacon: BeaconPresence, offset_ms: int) -> BeaconPresence:
    return msgspec.structs.replace(
        beacon,
        first_at=WireInstant(beacon.first_at + offset_ms),
        last_at=WireInstant(beacon.last_at + offset_ms),
    )
