"""What gateways heard, from presence lines in order: the evidence that corroborates phones (SPEC 5, 6)."""

from bisect import bisect_left
from collections.abc import Sequence

from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant
from protocol.plan import StorePlan

NEAR_ENOUGH = 30 * SECOND
"""A gateway must have had the beacon present less than this from the sighting."""


class _Spells:
    """When one gateway had one beacon present: disjoint spells [start, end), in order; the last may be open."""

    __slots__ = ("ends", "starts")

    def __init__(self) -> None:
        self.starts: list[Instant] = []
        self.ends: list[Instant | None] = []

    def learn(self, at: Instant, *, present: bool) -> None:
        is_open = bool(self.ends) and self.ends[-1] is None
        if present == is_open:
            return  # a doubled line changes nothing
        if present:
            self.starts.append(at)
            self.ends.append(None)
        elif self.starts[-1] >= at:  # present for no time at all
            self.starts.pop()
            self.ends.pop()
        else:
            self.ends[-1] = at

    def near(self, at: Instant) -> bool:
        # Spells are disjoint, so of those that start in time the last one ends last.
        last = bisect_left(self.starts, at + NEAR_ENOUGH) - 1
        if last < 0:
            return False
        end = self.ends[last]
        return end is None or at - end < NEAR_ENOUGH


class GatewayHearing:
    """Learns presence lines in order of their instants; answers what is known so far."""

    def __init__(self, plans: Sequence[StorePlan]) -> None:
        self._zone_gateways: dict[BeaconIdentity, frozenset[str]] = {}
        for plan in plans:
            for beacon in plan.beacons:
                near = frozenset(place.id for place in plan.gateways if place.zone == beacon.zone)
                self._zone_gateways[beacon.identity] = near
        self._spells: dict[BeaconIdentity, dict[str, _Spells]] = {}

    def learn(self, at: Instant, gateway: str, identity: BeaconIdentity, *, present: bool) -> None:
        """Take in that a gateway has, or lost, a beacon; gateways of other zones are passed over."""
        if gateway in self._zone_gateways.get(identity, ()):
            self._spells.setdefault(identity, {}).setdefault(gateway, _Spells()).learn(at, present=present)

    def heard_near(self, identity: BeaconIdentity, at: Instant, now: Instant) -> bool:
        """Say whether a gateway of the zone is known to have had it present less than 30 s from `at`."""
        del now  # only what is known was learnt
        return any(spells.near(at) for spells in self._spells.get(identity, {}).values())
