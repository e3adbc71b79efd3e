"""How many shoppers each zone had in each of the last hours, and never how few (FIELD-NOTES, Attacks and privacy).

Only whole hours are counted, so that nobody is found by watching a number change, and only shoppers who agreed to analytics.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from protocol.identity import BeaconIdentity
from protocol.instants import HOUR, Instant
from protocol.plan import StorePlan
from store_server.db.tables import ShopperRow, Sighting

HOURS = 6
FEWEST = 10
"""Shoppers below which a cell is not shown: an analytics cell under ten people may single one out."""
LEVELS = 4
"""Shades on the plan; the table has the numbers."""


@dataclass(frozen=True, slots=True)
class ZoneHeat:
    """One zone: a number for each hour, None where it is zero or too small to be shown; and its shade, 0 to LEVELS."""

    zone: str
    counts: tuple[int | None, ...]
    level: int


def read_heat(session: Session, plan: StorePlan, end: Instant) -> list[ZoneHeat]:
    """Return every zone's last HOURS hours before `end`, which is the start of an hour."""
    start = end - HOURS * HOUR
    zones = {beacon.identity: beacon.zone for beacon in plan.beacons}
    slot = (col(Sighting.at) - start) // HOUR
    seen = (
        select(Sighting.shopper, Sighting.uuid, Sighting.major, Sighting.minor, slot)  # type: ignore[call-overload]
        .join(ShopperRow, col(ShopperRow.id) == Sighting.shopper)
        .where(
            col(Sighting.at) >= start,
            col(Sighting.at) < end,
            col(Sighting.uuid).in_({one.uuid for one in zones}),
            col(Sighting.major).in_({one.major for one in zones}),
            col(Sighting.kind) != "exit",
            col(ShopperRow.consent)["analytics"].as_boolean(),
        )
        .distinct()
    )
    found = (
        (zones[identity], int(hour), shopper)
        for shopper, uuid, major, minor, hour in session.exec(seen)
        if (identity := BeaconIdentity(uuid, major, minor)) in zones
    )
    return heat_of([zone.id for zone in plan.zones], found)


def heat_of(zones: Sequence[str], seen: Iterable[tuple[str, int, str]]) -> list[ZoneHeat]:
    """Count (zone, hour, shopper), each shopper once a cell."""
    cells: dict[tuple[str, int], set[str]] = defaultdict(set)
    for zone, hour, shopper in seen:
        cells[zone, hour].add(shopper)
    counts = {zone: tuple(_shown(len(cells[zone, hour])) for hour in range(HOURS)) for zone in zones}
    most = max((sum(filter(None, row)) for row in counts.values()), default=0)
    return [ZoneHeat(zone, row, _level(sum(filter(None, row)), most)) for zone, row in counts.items()]


def _shown(count: int) -> int | None:
    return count if count >= FEWEST else None


def _level(count: int, most: int) -> int:
    return 0 if not count else max(1, -(-count * LEVELS // most))
