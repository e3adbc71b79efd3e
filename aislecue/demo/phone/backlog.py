"""Sightings not yet acknowledged by the server: kept in order, sent in batches, repeated until answered (SPEC 8)."""

import itertools
from collections import deque
from dataclasses import dataclass

from protocol.identity import BeaconIdentity
from protocol.instants import Instant, format_instant


@dataclass(frozen=True, slots=True)
class Noted:
    """One sighting as the phone keeps it; `id` is unique for this shopper and makes repeating harmless."""

    id: str
    at: Instant
    identity: BeaconIdentity
    kind: str
    proximity: str
    rssi_dbm: int

    def wire(self) -> dict[str, object]:
        return {
            "id": self.id,
            "at": format_instant(self.at),
            "uuid": self.identity.uuid,
            "major": self.identity.major,
            "minor": self.identity.minor,
            "proximity": self.proximity,
            "rssi": self.rssi_dbm,
            "kind": self.kind,
        }


class Backlog:
    """First noted, first sent; nothing leaves before the server's answer."""

    def __init__(self) -> None:
        self._waiting: deque[Noted] = deque()
        self.let_go = 0
        """Sightings that grew too old before the server took them."""

    def __len__(self) -> int:
        return len(self._waiting)

    def note(self, sighting: Noted) -> None:
        self._waiting.append(sighting)

    def batch(self, now: Instant, limit: int, keep: Instant) -> list[Noted]:
        """Return the next batch to send; what the server would refuse as late is let go."""
        while self._waiting and self._waiting[0].at <= now - keep:
            self._waiting.popleft()
            self.let_go += 1
        return list(itertools.islice(self._waiting, limit))

    def answered(self, batch: list[Noted]) -> None:
        done = {sighting.id for sighting in batch}
        self._waiting = deque(sighting for sighting in self._waiting if sighting.id not in done)

    def forget(self) -> None:
        """Drop everything: consent was withdrawn."""
        self._waiting.clear()
