"""Which gateway had which beacon present when, and what that corroborates (SPEC 5)."""

from typing import Any

from tests.reference.wall import SECOND, instant
from tests.reference.world import Identity, Sighting, Store, identity

NEAR_IN_TIME = 30 * SECOND


class Presences:
    """The presence lines, scanned anew for every question."""

    def __init__(self, lines: list[dict[str, Any]]) -> None:
        # Small print: "lines of other kinds are passed over"
        self.lines = sorted(
            (line for line in lines if line.get("kind") == "presence"), key=lambda line: instant(line["at"])
        )

    def spans(self, gateway: str, beacon: Identity, now: int) -> list[tuple[int, int | None]]:
        """Return [present, lost) of a beacon at a gateway, as far as known now; None is not lost yet."""
        found: list[tuple[int, int | None]] = []
        since: int | None = None
        for line in self.lines:
            at = instant(line["at"])
            if line["gateway"] != gateway or identity(line) != beacon or at > now:
                continue
            # Small print: "a doubled line changes nothing"
            if line["state"] == "present" and since is None:
                since = at
            elif line["state"] == "lost" and since is not None:
                found.append((since, at))
                since = None
        if since is not None:
            found.append((since, None))
        return found

    def corroborate(self, store: Store, sightings: list[Sighting], now: int) -> bool:
        for sighting in sightings:
            if sighting.at > now:
                continue
            for gateway, zone in store.gateways.items():
                # SPEC 5: "a gateway of that zone that has the same beacon present"
                if zone != store.beacons[sighting.identity]:
                    continue
                for present_at, lost_at in self.spans(gateway, sighting.identity, now):
                    if lost_at == present_at:
                        continue  # [present, lost) is empty
                    # SPEC 5: "at an instant less than 30 s from it"
                    begins_in_time = present_at < sighting.at + NEAR_IN_TIME
                    ends_in_time = lost_at is None or lost_at > sighting.at - NEAR_IN_TIME
                    # an open span reaches to now, which must itself be in time
                    reaches = lost_at is not None or now > sighting.at - NEAR_IN_TIME
                    if begins_in_time and ends_in_time and reaches:
                        return True
        return False
