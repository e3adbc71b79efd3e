"""Which beacons a plan draws one by one, and the rest gathered: of ten thousand, what is broken matters, and how many are not. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from protocol.plan import Beacon
from store_server.fleet.condition import MOVED, NEVER, SILENT, UNWATCHED, WEAK

DRAWN_ALL = 500
"""Up to so many beacons each has its mark: more are neither told apart by an eye nor sent in a moment."""
DRAWN_BROKEN = 80
"""Of a larger store: the first so many that are not well."""
A_ZONE_OF = 400
"""Up to so many a zone is one bunch; a hall of thousands is cut into cells."""
CELLS_ACROSS = 8
"""Over the longer side of the floor."""

_WORST_FIRST = (SILENT, NEVER, MOVED, WEAK, UNWATCHED)

Placed: TypeAlias = tuple[float, float, str]
"""Where on the drawing, and in which tone."""


@dataclass(frozen=True, slots=True)
class Bunch:
    """Beacons of one zone that hang near each other, drawn as their number."""

    key: str
    x: float
    y: float
    count: int
    tone: str
    letters: int


def drawn_singly(states: Mapping[str, str], chosen: Collection[str] = ()) -> set[str]:
    """Return the ids of the beacons that are drawn as themselves; those chosen always are."""
    if len(states) <= DRAWN_ALL:
        return set(states)
    broken = [name for name, state in states.items() if state in _WORST_FIRST]
    broken.sort(key=lambda name: _WORST_FIRST.index(states[name]))
    return {*broken[:DRAWN_BROKEN], *chosen}


def gather(
    beacons: Iterable[tuple[Beacon, tuple[float, float]]], tones: Mapping[str, str], longer_side: float
) -> tuple[Bunch, ...]:
    """Gather beacons at their places by zone and cell; a bunch takes the worst tone in it."""
    zones: dict[str, list[Placed]] = defaultdict(list)
    for beacon, (x, y) in beacons:
        zones[beacon.zone].append((x, y, tones[beacon.id]))
    found: list[Bunch] = []
    for zone, inside in zones.items():
        cells = [((zone,), inside)] if len(inside) <= A_ZONE_OF else _cut(zone, inside, longer_side)
        found += [_bunch(cell, part) for cell, part in cells]
    return tuple(found)


def _cut(
    zone: str, inside: list[Placed], longer_side: float
) -> Iterable[tuple[tuple[object, ...], list[Placed]]]:
    size = longer_side / CELLS_ACROSS
    cells: dict[tuple[object, ...], list[Placed]] = defaultdict(list)
    for one in inside:
        cells[zone, int(one[0] / size), int(one[1] / size)].append(one)
    return cells.items()


def _bunch(cell: tuple[object, ...], inside: list[Placed]) -> Bunch:
    number = len(inside)
    worst = next((tone for tone in ("bad", "warn") if any(one[2] == tone for one in inside)), "good")
    x, y = sum(one[0] for one in inside) / number, sum(one[1] for one in inside) / number
    key = "-".join(map(str, cell))
    return Bunch(key, round(x, 2), round(y, 2), number, worst, len(str(number)))
