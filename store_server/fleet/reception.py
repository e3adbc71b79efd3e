"""What the strength of beacons says: weak against its own learned level, or heard best somewhere else than planned. Pure.

RSSI tells no metres (FIELD-NOTES, Radio): a beacon is held against itself and against the gateways' zones, nothing else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from protocol.identity import BeaconIdentity
from protocol.instants import HOUR, Instant
from protocol.plan import StorePlan
from store_server.fleet.condition import BEACON_SILENT_AFTER_MS, MOVED, WEAK, Condition, Heard

DROP_DB = 10.0
"""A body or a full shelf costs a few dB for a while; a dying battery or a box on top costs more, for good."""
MARGIN_DB = 6.0
"""As far as a tag's zone is held against its neighbour's: less is noise (FIELD-NOTES, Radio)."""

LEARN_EVERY_MS: Instant = HOUR
LEARNED_AFTER = 24
"""Readings, one an hour: a day has seen the shop full and empty."""
REMEMBERED = 336
"""Readings that a level looks back on, two weeks: what stays otherwise for longer is how it is."""


class LevelKey(NamedTuple):
    """One beacon at one gateway."""

    store: str
    gateway: str
    uuid: str
    major: int
    minor: int


@dataclass(frozen=True, slots=True)
class Level:
    """The mean of what a gateway heard of a beacon, over so many readings."""

    dbm: float
    readings: int
    learned_at: Instant


@dataclass(frozen=True, slots=True)
class Sign:
    """WEAK with the dB it lost, or MOVED with the zone it is heard in."""

    state: str
    detail: str


def learned(level: Level | None, rssi_dbm: int, now: Instant) -> Level:
    """Return the level with one more reading in it."""
    if level is None:
        return Level(float(rssi_dbm), 1, now)
    readings = min(level.readings + 1, REMEMBERED)
    return Level(level.dbm + (rssi_dbm - level.dbm) / readings, readings, now)


def find_signs(
    plan: StorePlan,
    presence: Iterable[Heard],
    gateways: Mapping[str, Condition],
    levels: Mapping[LevelKey, Level],
    now: Instant,
) -> dict[str, Sign]:
    """Return the sign of each beacon that has one; moved goes before weak, for it explains it."""
    zones = {place.id: place.zone for place in plan.gateways if gateways[place.id].alive}
    heard: dict[BeaconIdentity, list[Heard]] = {}
    for row in presence:
        if row.state == "present" and now - row.last_at < BEACON_SILENT_AFTER_MS and row.gateway in zones:
            heard.setdefault(row.identity, []).append(row)
    signs = {}
    for beacon in plan.beacons:
        rows = heard.get(beacon.identity, [])
        if rows and (sign := _moved(rows, beacon.zone, zones) or _weak(rows, levels)):
            signs[beacon.id] = sign
    return signs


def _moved(rows: Sequence[Heard], zone: str, zones: Mapping[str, str]) -> Sign | None:
    if zone not in zones.values():
        return None  # nobody there could hear it best
    best = max(rows, key=lambda row: row.rssi_dbm)
    at_home = max((row.rssi_dbm for row in rows if zones[row.gateway] == zone), default=None)
    if zones[best.gateway] == zone or (at_home is not None and best.rssi_dbm - at_home < MARGIN_DB):
        return None
    return Sign(MOVED, zones[best.gateway])


def _weak(rows: Sequence[Heard], levels: Mapping[LevelKey, Level]) -> Sign | None:
    """Weak at every gateway that knows it: one of them alone may stand behind a new shelf."""
    known = [
        (level.dbm, level.dbm - row.rssi_dbm)
        for row in rows
        if (level := levels.get(level_key(row))) is not None and level.readings >= LEARNED_AFTER
    ]
    if not known or any(lost < DROP_DB for _, lost in known):
        return None
    return Sign(WEAK, str(round(max(known)[1])))


def level_key(row: Heard) -> LevelKey:
    return LevelKey(row.store, row.gateway, row.uuid, row.major, row.minor)
