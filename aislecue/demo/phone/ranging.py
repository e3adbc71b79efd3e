"""From a second's frames to the one beacon that is closest, and its band (SPEC 4); metres stay inside, they err by metres."""

import statistics
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass

from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant

WINDOW = 5 * SECOND
"""A median over some frames: single frames jump by 10 dB."""
PATH_LOSS_EXPONENT = 2.2
IMMEDIATE_M, NEAR_M = 0.7, 3.5
HOLD_NEAR_M = 4.5
"""Once near, still near up to here: without it the band flickers at the line."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One iBeacon frame as the operating system hands it over."""

    identity: BeaconIdentity
    rssi_dbm: int
    measured_power_dbm: int


@dataclass(frozen=True, slots=True)
class Closest:
    """The beacon that seems closest, its band and level."""

    identity: BeaconIdentity
    proximity: str
    rssi_dbm: int


class Ranging:
    """Smooths levels beacon by beacon and picks the closest."""

    def __init__(self) -> None:
        self._levels: dict[BeaconIdentity, deque[tuple[Instant, float]]] = defaultdict(deque)
        self._near: BeaconIdentity | None = None

    def closest(self, now: Instant, heard: Iterable[Heard]) -> Closest | None:
        """Take in what was heard since the last call; None where no beacon was heard for a while."""
        for one in heard:
            self._levels[one.identity].append((now, one.rssi_dbm - one.measured_power_dbm))
        losses: dict[BeaconIdentity, float] = {}
        for identity, levels in self._levels.items():
            while levels and levels[0][0] <= now - WINDOW:
                levels.popleft()
            if levels:
                losses[identity] = statistics.median(level for _, level in levels)
        if not losses:
            self._near = None
            return None
        best = max(losses, key=lambda identity: (losses[identity], identity))
        proximity = self._band(best, 10 ** (-losses[best] / (10 * PATH_LOSS_EXPONENT)))
        self._near = None if proximity == "far" else best
        last = self._levels[best][-1][1]
        return Closest(best, proximity, round(last))

    def _band(self, identity: BeaconIdentity, metres: float) -> str:
        if metres <= IMMEDIATE_M:
            return "immediate"
        return "near" if metres <= (HOLD_NEAR_M if identity == self._near else NEAR_M) else "far"
