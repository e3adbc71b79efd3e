"""Who would be heard where: each cell of the floor by the zones' loudest beacons, in the model of path_loss."""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, hypot
from typing import Final

from firmware_configs.planning.geometry import Point, cell_m, contains
from firmware_configs.planning.path_loss import PHONE_HEARS_DBM, SURE_DBM, above_m, reach_m, rssi_at
from protocol.plan import Beacon, StorePlan

CLEAR_DB: Final = 5
"""A zone is told from another where its beacon is louder by this: one body turns the order of closer ones."""


class Heard(StrEnum):
    """What a phone in a cell makes of it; outside of all zones there is nothing to judge."""

    OWN = "own"
    OVERLAP = "overlap"
    BLED = "bled"
    GAP = "gap"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Share:
    """How a zone's cells are heard, each a share of 1; `worst` is where its own signal is weakest."""

    zone: str
    own: float
    overlap: float
    bled: float
    gap: float
    worst: Point
    worst_dbm: float | None
    """None where no beacon of the zone has a position."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """A raster of the floor, rows from the bottom, and what it says of each zone."""

    side_m: float
    rows: tuple[tuple[Heard, ...], ...]
    zones: tuple[Share, ...]


_Levels = dict[str, float]
"""Zone id -> its loudest beacon's signal in a cell."""


def cover(plan: StorePlan) -> Coverage:
    """Judge every cell of the floor by the beacons that have a position."""
    side = cell_m(*plan.floor_m)
    columns, rows = (max(1, ceil(size / side)) for size in plan.floor_m)
    levels: list[list[_Levels]] = [[{} for _ in range(columns)] for _ in range(rows)]
    for beacon in plan.beacons:
        _shine(beacon, side, levels)
    zone_at = [
        [_zone_at(plan, _middle(side, column, row)) for column in range(columns)] for row in range(rows)
    ]
    judged = tuple(
        tuple(_judge(zone_at[row][column], levels[row][column]) for column in range(columns))
        for row in range(rows)
    )
    return Coverage(side, judged, _shares(plan, side, zone_at, levels, judged))


def _shine(beacon: Beacon, side: float, levels: list[list[_Levels]]) -> None:
    """Add one beacon's signal to the cells in which a phone could hear it."""
    if beacon.position is None:
        return
    x, y = beacon.position[:2]
    height = above_m(beacon.position)
    far = reach_m(beacon.measured_power_dbm, PHONE_HEARS_DBM)
    for row in _within(y, far, side, len(levels)):
        for column in _within(x, far, side, len(levels[row])):
            cx, cy = _middle(side, column, row)
            signal = rssi_at(beacon.measured_power_dbm, hypot(cx - x, cy - y, height))
            cell = levels[row][column]
            if signal >= PHONE_HEARS_DBM and signal > cell.get(beacon.zone, PHONE_HEARS_DBM - 1):
                cell[beacon.zone] = signal


def _within(middle: float, far: float, side: float, count: int) -> range:
    return range(max(0, int((middle - far) / side)), min(count, int((middle + far) / side) + 1))


def _middle(side: float, column: int, row: int) -> Point:
    return (column + 0.5) * side, (row + 0.5) * side


def _zone_at(plan: StorePlan, point: Point) -> str | None:
    return next((zone.id for zone in plan.zones if contains(zone.polygon, point)), None)


def _judge(zone: str | None, levels: _Levels) -> Heard:
    if zone is None:
        return Heard.OUTSIDE
    own = levels.get(zone)
    others = max((level for other, level in levels.items() if other != zone), default=None)
    if own is None or own < SURE_DBM:
        return Heard.BLED if others is not None and others >= SURE_DBM else Heard.GAP
    if others is None or own - others >= CLEAR_DB:
        return Heard.OWN
    return Heard.OVERLAP if own >= others else Heard.BLED


def _shares(
    plan: StorePlan,
    side: float,
    zone_at: list[list[str | None]],
    levels: list[list[_Levels]],
    judged: tuple[tuple[Heard, ...], ...],
) -> tuple[Share, ...]:
    cells: dict[str, list[tuple[float | None, Point, Heard]]] = {zone.id: [] for zone in plan.zones}
    for row, zones in enumerate(zone_at):
        for column, zone in enumerate(zones):
            if zone is not None:
                level = levels[row][column].get(zone)
                cells[zone].append((level, _middle(side, column, row), judged[row][column]))
    return tuple(_share(zone, found) for zone, found in cells.items() if found)


def _share(zone: str, cells: list[tuple[float | None, Point, Heard]]) -> Share:
    kinds = [kind for _, _, kind in cells]
    own, overlap, bled, gap = (
        kinds.count(kind) / len(cells) for kind in (Heard.OWN, Heard.OVERLAP, Heard.BLED, Heard.GAP)
    )
    level, worst, _ = min(cells, key=lambda cell: PHONE_HEARS_DBM - 1 if cell[0] is None else cell[0])
    return Share(zone, own, overlap, bled, gap, worst, level)
