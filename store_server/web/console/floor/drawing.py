"""The floor plan as a drawing: store plan and what is heard now -> shapes in metres. Pure; the page writes them as SVG.

A plan counts its metres upwards from the corner at the street; a drawing counts downwards, so depth is turned round here.

Shoppers and tags become dots: which zone they are in is known, where in it is not, so a dot's place means nothing more.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256

from protocol.plan import Beacon, GatewayPlace, StorePlan, Zone
from store_server.web.console.floor.bunches import Bunch, gather

DOT_STEP_M = 1.25
"""Apart enough to be told one from another on a floor 40 m wide at 360 px."""

DOTS_A_ZONE = 24
"""Beyond this the zone's number says more than its dots."""

LABEL_INSET, LABEL_HEIGHT, LETTER_WIDTH = 0.6, 1.4, 0.62
"""Of a zone's name, in units: from its walls, of its box, of a letter on the average."""
SMALL_MARK = 0.55
"""Where most beacons are gathered, the floor is so wide that marks of a letter's size would cover it."""
CLEARANCE = 0.7
"""Between a name and the middle of a mark, in units: half a mark and a hair."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Someone:
    """A shopper or tag in a zone; `key` is hashed before it reaches a page."""

    key: str
    zone: str
    kind: str
    """shopper | loyalty | cart | staff"""
    manner: str = "here"
    """here | resting (a pocketed phone: held stay) | frozen (its gateway is silent)"""


@dataclass(frozen=True, slots=True)
class Dot:
    """Someone on the plan, nameless."""

    key: str
    x: float
    y: float
    kind: str
    manner: str


@dataclass(frozen=True, slots=True)
class ZoneShape:
    """A zone's outline, where its name goes, and how many are there."""

    id: str
    name: str
    points: str
    label: Point
    count: int
    interrupts: bool
    troubled: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A gateway or beacon on the plan with its state and one line about it."""

    id: str
    x: float
    y: float
    state: str
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class FloorView:
    """All that the drawing shows; `unit` is the size of a letter in metres, `mark` that of a mark's half."""

    width_m: float
    depth_m: float
    unit: float
    zones: tuple[ZoneShape, ...]
    gateways: tuple[Mark, ...]
    beacons: tuple[Mark, ...]
    dots: tuple[Dot, ...]
    bunches: tuple[Bunch, ...]
    mark: float


def draw_floor(
    plan: StorePlan,
    people: Sequence[Someone],
    gateways: Mapping[str, tuple[str, str, str]],
    beacons: Mapping[str, tuple[str, str, str]],
    gathered: Mapping[str, tuple[str, str]] | None = None,
) -> FloorView:
    """Draw a store. `gateways` and `beacons`: id -> (state, tone, words); `gathered`, drawn as numbers: (state, tone)."""
    width, depth = plan.floor_m
    unit, gathered = max(width, depth) / 42, gathered or {}
    zones_below = tuple(_street_below(zone, depth) for zone in plan.zones)
    by_zone: dict[str, list[Someone]] = defaultdict(list)
    for someone in people:
        by_zone[someone.zone].append(someone)
    troubled = _troubled_zones(plan, {**beacons, **gathered})
    homes = {zone.id: _centre(zone.polygon) for zone in plan.zones}
    marks = _marks(plan.gateways, gateways, homes, depth)
    stones = _marks(plan.beacons, beacons, homes, depth)
    hung = tuple((mark.x, mark.y) for mark in (*marks, *stones))
    zones = tuple(
        ZoneShape(
            id=zone.id,
            name=zone.name,
            points=" ".join(f"{x:g},{y:g}" for x, y in zone.polygon),
            label=_label_place(zone, unit, hung),
            count=len(by_zone[zone.id]),
            interrupts=zone.interrupt != "never",
            troubled=zone.id in troubled,
        )
        for zone in zones_below
    )
    dots = tuple(dot for zone in zones_below for dot in _dots(zone, by_zone[zone.id], hung, unit))
    rest = (
        (beacon, _place(beacon.position, homes[beacon.zone], depth, index))
        for index, beacon in enumerate(plan.beacons)
        if beacon.id in gathered
    )
    bunches = gather(rest, {name: tone for name, (_, tone) in gathered.items()}, max(width, depth))
    mark = unit if not gathered else unit * SMALL_MARK
    return FloorView(width, depth, unit, zones, marks, stones, dots, bunches, mark)


def place_on_drawing(plan: StorePlan, thing: Beacon | GatewayPlace) -> Point:
    """Return where a beacon or gateway of the plan is drawn."""
    among: Sequence[Beacon | GatewayPlace] = plan.beacons if isinstance(thing, Beacon) else plan.gateways
    home = _centre(next(zone.polygon for zone in plan.zones if zone.id == thing.zone))
    index = 0 if thing.position is not None else among.index(thing)
    return _place(thing.position, home, plan.floor_m[1], index)


def _marks(
    things: Sequence[Beacon | GatewayPlace],
    looks: Mapping[str, tuple[str, str, str]],
    homes: Mapping[str, Point],
    depth: float,
) -> tuple[Mark, ...]:
    return tuple(
        Mark(one.id, *_place(one.position, homes[one.zone], depth, index), *looks[one.id])
        for index, one in enumerate(things)
        if one.id in looks
    )


def _street_below(zone: Zone, depth: float) -> Zone:
    """Return a zone with depth counted from the far wall, as a drawing does."""
    return replace(zone, polygon=tuple((x, depth - y) for x, y in zone.polygon))


def _troubled_zones(plan: StorePlan, beacons: Mapping[str, tuple[str, ...]]) -> set[str]:
    states: dict[str, set[str]] = defaultdict(set)
    for beacon in plan.beacons:
        if beacon.id in beacons:
            states[beacon.zone].add(beacons[beacon.id][0])
    return {zone for zone, found in states.items() if found == {"silent"}}


def _label_place(zone: Zone, unit: float, hung: Sequence[Point]) -> Point:
    """Return where a zone's name begins, its upper left: the first corner where nothing hangs beneath it."""
    left, top = min(x for x, _ in zone.polygon), min(y for _, y in zone.polygon)
    bottom = max(y for _, y in zone.polygon)
    inset = unit * LABEL_INSET
    upper, lower = (left + inset, top + inset), (left + inset, bottom - inset - unit * LABEL_HEIGHT)
    return next((corner for corner in (upper, lower) if not _covers(corner, zone.name, unit, hung)), upper)


def _covers(corner: Point, name: str, unit: float, hung: Sequence[Point]) -> bool:
    """Say whether a name written at a corner would lie on something, or a dot on it."""
    left, top = corner
    right, bottom = left + unit * LETTER_WIDTH * (len(name) + 3), top + unit * LABEL_HEIGHT
    clear = unit * CLEARANCE
    return any(left - clear < x < right + clear and top - clear < y < bottom + clear for x, y in hung)


def _place(position: tuple[float, ...] | None, home: Point, depth: float, index: int) -> Point:
    """Return where a thing is drawn: where it hangs, or beside the middle of its zone where nobody measured."""
    if position is not None:
        return (position[0], depth - position[1])
    return (home[0] + (index % 3 - 1) * DOT_STEP_M, depth - home[1])


def _centre(polygon: Sequence[Point]) -> Point:
    return (sum(x for x, _ in polygon) / len(polygon), sum(y for _, y in polygon) / len(polygon))


def _dots(zone: Zone, people: Iterable[Someone], hung: tuple[Point, ...], unit: float) -> Iterable[Dot]:
    places = _free_places(zone, hung, unit)
    used: set[int] = set()
    for someone in sorted(people, key=lambda one: one.key)[: min(DOTS_A_ZONE, len(places))]:
        digest = sha256(f"dot:{someone.key}".encode()).digest()
        slot = int.from_bytes(digest[:4], "big") % len(places)
        while slot in used:
            slot = (slot + 1) % len(places)
        used.add(slot)
        x, y = places[slot]
        yield Dot(digest[4:9].hex(), x, y, someone.kind, someone.manner)


@lru_cache(maxsize=512)
def _free_places(zone: Zone, hung: tuple[Point, ...], unit: float) -> tuple[Point, ...]:
    """Return a grid of places inside the zone, away from its name and from what hangs there; at least the centre."""
    label = _label_place(zone, unit, hung)
    left, top = min(x for x, _ in zone.polygon), min(y for _, y in zone.polygon)
    right, bottom = max(x for x, _ in zone.polygon), max(y for _, y in zone.polygon)
    found: list[Point] = []
    y = top + DOT_STEP_M * 0.8
    while y < bottom - unit * 0.4:
        x = left + DOT_STEP_M * 0.8
        while x < right - unit * 0.4:
            near = any((x - cx) ** 2 + (y - cy) ** 2 < (unit * 1.25) ** 2 for cx, cy in hung)
            if not near and not _covers(label, zone.name, unit, [(x, y)]) and _inside(zone.polygon, x, y):
                found.append((round(x, 2), round(y, 2)))
            x += DOT_STEP_M
        y += DOT_STEP_M
    return tuple(found) or (_centre(zone.polygon),)


def _inside(polygon: Sequence[Point], x: float, y: float) -> bool:
    """Say whether a point lies in a polygon (even-odd rule), a dot's radius from its walls not checked."""
    inside = False
    for (x0, y0), (x1, y1) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            inside = not inside
    return inside
