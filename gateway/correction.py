"""Presence written before true time was known, put where it belongs (SPEC 7, clock_synced). Pure.

A server takes an unsynced message's `sent_at` for its own now and counts the rest from there. So what is sent late
says when it is sent, or the past would overwrite the present.
"""

from dataclasses import dataclass

import msgspec

from gateway.batch import Spooled
from gateway.clock import TrueTime
from protocol.instants import Instant
from protocol.messages import BeaconPresence, Presence, WireInstant, decode, encode


@dataclass(frozen=True, slots=True)
class Correction:
    """What this run knows of the time of any message: `began_at` is its start, by its own clock."""

    boot: str
    began_at: Instant
    true_time: TrueTime

    def payload(self, message: Spooled, now: Instant) -> bytes:
        """Return what to send of a message at `now`, by this run's clock."""
        if message.clock_synced:
            return message.payload
        offset_ms = self.true_time.offset_ms()
        if message.boot == self.boot and offset_ms is not None:
            return _moved(message.payload, offset_ms, sent_at=message.at + offset_ms, clock_synced=True)
        # How wrong the clock of a run before was nobody knows, so its instants are never called true: its wall clock as it
        # stood, but it did end before this one began.
        shift_ms = offset_ms or 0
        span_ms = 0 if message.boot == self.boot else min(0, self.began_at - message.at)
        return _moved(message.payload, span_ms + shift_ms, sent_at=now + shift_ms, clock_synced=False)


def _moved(payload: bytes, span_ms: Instant, *, sent_at: Instant, clock_synced: bool) -> bytes:
    presence = decode(Presence, payload)
    return encode(
        msgspec.structs.replace(
            presence,
            clock_synced=clock_synced,
            sent_at=WireInstant(sent_at),
            beacons=tuple(_entry(beacon, span_ms) for beacon in presence.beacons),
        )
    )


def _entry(beacon: BeaconPresence, span_ms: Instant) -> BeaconPresence:
    return msgspec.structs.replace(
        beacon,
        first_at=WireInstant(beacon.first_at + span_ms),
        last_at=WireInstant(beacon.last_at + span_ms),
    )
