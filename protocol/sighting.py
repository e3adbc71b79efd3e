"""A sighting: this shopper's phone perceived this beacon at this instant (SPEC 4)."""

from typing import Literal

import msgspec

from protocol.identity import BeaconIdentity, parse_uuid
from protocol.instants import Instant, parse_instant

IMMEDIATE, NEAR, FAR, UNKNOWN = 0, 1, 2, 3
"""Proximity bands from close to wide; a sighting in a band is also within every wider one."""

BANDS = {"immediate": IMMEDIATE, "near": NEAR, "far": FAR, "unknown": UNKNOWN}
RANGED, ENTER, EXIT = "ranged", "enter", "exit"


class Sighting(msgspec.Struct, frozen=True, gc=False):
    """One accepted form for the rules: instant in milliseconds, band 0..3, kind ranged, enter or exit."""

    id: str
    at: Instant
    shopper: str
    identity: BeaconIdentity
    band: int
    kind: str


class SightingLine(msgspec.Struct, frozen=True, gc=False):
    """A sighting as it travels, in files and in uploads (there without `shopper`: it is derived)."""

    id: str
    at: str
    uuid: str
    major: int
    minor: int
    shopper: str = ""
    proximity: Literal["immediate", "near", "far", "unknown"] | None = None
    rssi: float | None = None
    kind: Literal["ranged", "enter", "exit"] | None = None

    def sighting(self, shopper: str) -> Sighting:
        """Return the domain's form. Raises ValueError on a malformed instant or UUID."""
        identity = BeaconIdentity(parse_uuid(self.uuid), self.major, self.minor)
        band = BANDS[self.proximity] if self.proximity else UNKNOWN
        return Sighting(self.id, parse_instant(self.at), shopper, identity, band, self.kind or RANGED)
