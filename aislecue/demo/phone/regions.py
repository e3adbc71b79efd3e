"""What a phone in a pocket has: the operating system's region events, at most 20 regions an app (SPEC 8, app-config)."""

from typing import NamedTuple

from protocol.identity import BeaconIdentity


class Region(NamedTuple):
    """All beacons of one proximity UUID, or of a UUID and major: a zone, where each zone has a major of its own."""

    uuid: str
    major: int | None

    def holds(self, identity: BeaconIdentity) -> bool:
        return identity.uuid == self.uuid and self.major in (None, identity.major)
