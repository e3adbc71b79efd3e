"""Where beacons of a zone should hang, and how loud: k centres over the zone's cells (Lloyd's algorithm from the farthest points)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, dist, hypot
from typing import Final

from firmware_configs.kinds import Setting, setting_of
from firmware_configs.planning.geometry import Point, mean, nearest, points_inside, size_m2
from firmware_configs.planning.path_loss import SURE_DBM, above_m, measured_power_at, rssi_at
from protocol.plan import StorePlan, Zone

REACH_M: Final = 8.0
"""No place of a zone farther than this from a beacon: about one a 100 m²; farther off, distance tells nothing any more."""
HEXAGON: Final = 2.6
"""Circles that leave no gap cover at most this times their radius squared each (Kershner 1939): so many are needed at least."""
MOST_BEACONS: Final = 60
"""Of one zone; who needs more draws more zones."""
ROUNDS: Final = 12
"""Lloyd's steps; on a shop's zones the centres rest after six."""
ROUNDED_M: Final = 0.5
"""Nobody hangs a beacon more exactly."""


@dataclass(frozen=True, slots=True)
class Power:
    """What a beacon of the plan should send with, and what a phone then reads at 1 m."""

    beacon: str
    tx_power_dbm: int
    measured_power_dbm: int
    now_dbm: int


@dataclass(frozen=True, slots=True)
class Placement:
    """One zone: what is there, what is missing and where, how loud."""

    zone: str
    size_m2: float
    placed: tuple[str, ...]
    unplaced: tuple[str, ...]
    """Beacons of the plan without a position."""
    missing: tuple[Point, ...]
    """Where more beacons should hang; the first of them are for those unplaced."""
    farthest_m: float
    """From the worst place of the zone to its nearest beacon, those missing included."""
    powers: tuple[Power, ...]


def suggest(plan: StorePlan) -> list[Placement]:
    """Return a suggestion for each zone, in the plan's order."""
    return [_zone(plan, zone) for zone in plan.zones]


def _zone(plan: StorePlan, zone: Zone) -> Placement:
    beacons = [beacon for beacon in plan.beacons if beacon.zone == zone.id]
    placed = [
        (beacon, (beacon.position[0], beacon.position[1]))
        for beacon in beacons
        if beacon.position is not None
    ]
    cells = points_inside(zone.polygon)
    centres = _complete(
        cells, [point for _, point in placed], ceil(size_m2(zone.polygon) / HEXAGON / REACH_M**2)
    )
    missing = centres[len(placed) :]
    return Placement(
        zone=zone.id,
        size_m2=size_m2(zone.polygon),
        placed=tuple(beacon.id for beacon, _ in placed),
        unplaced=tuple(beacon.id for beacon in beacons if beacon.position is None),
        missing=tuple(missing),
        farthest_m=_farthest(cells, centres)[0],
        powers=tuple(_power(setting_of(beacon), k, cells, centres) for k, (beacon, _) in enumerate(placed)),
    )


def _complete(cells: Sequence[Point], placed: list[Point], fewest: int) -> list[Point]:
    """Return the placed centres and as few more as bring every cell within reach; what is placed stays."""
    more = max(0, fewest - len(placed))
    while True:
        centres = _spread(cells, placed, more)
        if (centres and _farthest(cells, centres)[0] <= REACH_M) or more >= MOST_BEACONS:
            return centres
        more += 1


def _spread(cells: Sequence[Point], placed: list[Point], more: int) -> list[Point]:
    centres = list(placed)
    for _ in range(more):
        centres.append(_farthest(cells, centres)[1] if centres else _rounded(mean(cells), cells))
    for _ in range(ROUNDS if more else 0):
        shares: list[list[Point]] = [[] for _ in centres]
        for cell in cells:
            shares[nearest(cell, centres)].append(cell)
        moved = [
            _rounded(mean(share), cells) if share else centre
            for share, centre in zip(shares, centres, strict=True)
        ]
        moved[: len(placed)] = placed
        if moved == centres:
            break
        centres = moved
    return centres


def _rounded(point: Point, cells: Sequence[Point]) -> Point:
    """Return a place that can be named: in half metres where that is in the zone, else the nearest cell."""
    x, y = (round(value / ROUNDED_M) * ROUNDED_M for value in point)
    cell = cells[nearest((x, y), cells)]
    return (x, y) if dist((x, y), cell) <= ROUNDED_M else cell


def _farthest(cells: Sequence[Point], centres: Sequence[Point]) -> tuple[float, Point]:
    """Return how far the worst cell is from its nearest centre, and which it is."""
    return max((min(dist(cell, centre) for centre in centres), cell) for cell in cells)


def _power(setting: Setting, k: int, cells: Sequence[Point], centres: Sequence[Point]) -> Power:
    """Return the lowest power with which the cells nearest to this beacon hear it surely, else the highest there is."""
    mine = [dist(cell, centres[k]) for cell in cells if nearest(cell, centres) == k]
    farthest_m = hypot(max(mine, default=0.0), above_m(setting.beacon.position))
    powers = sorted(setting.kind.powers_dbm)
    loud = (p for p in powers if rssi_at(measured_power_at(setting, p), farthest_m) >= SURE_DBM)
    chosen = next(loud, powers[-1])
    measured = measured_power_at(setting, chosen)
    return Power(setting.beacon.id, chosen, measured, setting.tx_power_dbm)
