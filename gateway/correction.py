"""Presence written before true time was known, put where it belongs once it is (SPEC 7, clock_synced). Pure."""

from dataclasses import dataclass

import msgspec

from gateway.clock import TrueTime
from gateway.spool import Spooled
from protocol.instants import Instant
from protocol.messages import BeaconPresence, Presence, WireInstant, decode, encode


@dataclass(frozen=True, slots=True)
class Correction:
    """What this run knows of the time of any message: `began_at` is its start, by its own clock."""

    boot: str
    began_at: Instant
    true_time: TrueTime

    def live(self, message: Spooled) -> bytes:
        """Return a new message's payload; while time is not known the server takes its own now for it."""
        return self._shifted(message, self.true_time.offset_ms())

    def backlog(self, message: Spooled) -> bytes | None:
        """Return an old message's payload, None while nobody could say when that was: the server's now it was not."""
        offset_ms = self.true_time.offset_ms()
        if not message.clock_synced and offset_ms is None:
            return None
        return self._shifted(message, offset_ms)

    def _shifted(self, message: Spooled, offset_ms: int | None) -> bytes:
        if message.clock_synced or offset_ms is None:
            return message.payload
        if message.boot == self.boot:
            return _shifted(message.payload, offset_ms)
        # A run that ended without knowing: its wall clock as it stood, but it did end before this one began.
        return _shifted(message.payload, min(0, self.began_at + offset_ms - message.at))


def _shifted(payload: bytes, span_ms: Instant) -> bytes:
    presence = decode(Presence, payload)
    return encode(
        msgspec.structs.replace(
            presence,
            clock_synced=True,
            sent_at=WireInstant(presence.sent_at + span_ms),
            beacons=tuple(_moved(beacon, span_ms) for beacon in presence.beacons),
        )
    )


def _moved(beacon: BeaconPresence, span_ms: Instant) -> BeaconPresence:
    return msgspec.structs.replace(
        beacon,
        first_at=WireInstant(beacon.first_at + span_ms),
        last_at=WireInstant(beacon.last_at + span_ms),
    )
