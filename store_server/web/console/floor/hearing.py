"""Who hears what: one gateway or beacon chosen on the plan, what it hears or who hears it now, as lines and as a table."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from protocol.instants import SECOND
from protocol.plan import Beacon, GatewayPlace, StorePlan
from store_server.fleet.causes import BEACON, GATEWAY
from store_server.fleet.condition import BEACON_SILENT_AFTER_MS, Heard
from store_server.fleet.health import heard_at, heard_of
from store_server.web.console.fleet.causes import zone_name
from store_server.web.console.floor.drawing import Point, place_on_drawing
from store_server.web.console.times import StoreTime, duration_words

LISTED = 30
"""Of a gateway that hears hundreds, the strongest."""
OFFERED = 120
"""Names offered while one types; any other can be typed."""
LABELLED = 12
"""Lines that carry their level; more would be written over each other."""
LABEL_ROOM = 0.12
"""Of the floor's longer side: a shorter line has no room for its level."""
FRESH_MS = 15 * SECOND
"""Presence is repeated every 10 s: what is older was missed once, and its line is dashed."""
LEVELS_DBM = (-80, -70, -60)
"""Where a line grows thicker. RSSI tells no metres (FIELD-NOTES, Radio): stronger or weaker, nothing else."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody picked on the plan: a gateway or a beacon, by id."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class HeardRow:
    """One pair of gateway and beacon, seen from the chosen one."""

    kind: str
    id: str
    zone: str
    dbm: int
    level: int
    age: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Ray:
    """A line on the plan, from the chosen one to what it hears or who hears it."""

    key: str
    start: Point
    end: Point
    label: Point | None
    level: int
    fresh: bool
    text: str


@dataclass(frozen=True, slots=True)
class Hearing:
    """Everything the page shows of the chosen one; `tags` are heard too, and nobody's business here."""

    chosen: Chosen
    zone: str
    at: Point
    rows: tuple[HeardRow, ...]
    rays: tuple[Ray, ...]
    more: int
    tags: int

    @property
    def beacons(self) -> list[str]:
        """Return the beacons at the ends of its lines."""
        own = [self.chosen.id] if self.chosen.kind == BEACON else []
        return own + [row.id for row in self.rows if row.kind == BEACON]


def choose(plan: StorePlan, gateway: str, beacon: str, who: str) -> Chosen | None:
    """Return what an address names: by kind, or by a name as somebody typed it; None where there is no such thing."""
    gateways = {one.id.casefold(): one.id for one in plan.gateways}
    typed = who.strip().casefold()
    if gateway in gateways.values() or typed in gateways:
        return Chosen(GATEWAY, gateway or gateways[typed])
    if not (beacon or typed):
        return None
    wanted = beacon.casefold() or typed
    found = next((one.id for one in plan.beacons if one.id.casefold() == wanted), None)
    return None if found is None else Chosen(BEACON, found)


def read_hearing(session: Session, plan: StorePlan, chosen: Chosen, times: StoreTime) -> Hearing:
    """Read what the chosen one hears, or who hears it, now; strongest first."""
    places = {one.id: one for one in plan.gateways}
    pairs: Sequence[tuple[Heard, Beacon | GatewayPlace | None]]
    if chosen.kind == GATEWAY:
        heard = heard_at(session, plan.id, chosen.id)
        by_identity = {one.identity: one for one in plan.beacons}
        pairs = [(row, by_identity.get(row.identity)) for row in _now(heard, times)]
        own: Beacon | GatewayPlace = places[chosen.id]
    else:
        beacon = next(one for one in plan.beacons if one.id == chosen.id)
        pairs = [(row, places.get(row.gateway)) for row in _now(heard_of(session, [beacon.identity]), times)]
        own = beacon
    known = [(row, thing) for row, thing in pairs if thing is not None]
    shown = known[:LISTED]
    at = place_on_drawing(plan, own)
    room = max(plan.floor_m) * LABEL_ROOM
    rays = [_ray(row, place_on_drawing(plan, thing), thing.id, at, room, times) for row, thing in shown]
    return Hearing(
        chosen,
        zone_name(plan, own.zone),
        at,
        tuple(_row(row, thing, plan, times) for row, thing in shown),
        tuple(rays),
        len(known) - len(shown),
        len(pairs) - len(known),
    )


def name_options(plan: StorePlan, states: Mapping[str, str]) -> list[str]:
    """Return names to offer while somebody types one: gateways, then beacons, those that are not well first."""
    beacons = sorted((one.id for one in plan.beacons), key=lambda name: states.get(name) == "heard")
    return [*(one.id for one in plan.gateways), *beacons][:OFFERED]


def _now(heard: Sequence[Heard], times: StoreTime) -> list[Heard]:
    since = times.now - BEACON_SILENT_AFTER_MS
    found = [row for row in heard if row.state == "present" and row.last_at > since]
    return sorted(found, key=lambda row: (-row.rssi_dbm, row.gateway, row.identity))


def _row(row: Heard, thing: Beacon | GatewayPlace, plan: StorePlan, times: StoreTime) -> HeardRow:
    return HeardRow(
        kind=BEACON if isinstance(thing, Beacon) else GATEWAY,
        id=thing.id,
        zone=zone_name(plan, thing.zone),
        dbm=row.rssi_dbm,
        level=_level(row.rssi_dbm),
        age=duration_words(times.language, max(0, times.now - row.last_at)),
        fresh=times.now - row.last_at < FRESH_MS,
    )


def _ray(row: Heard, end: Point, name: str, start: Point, room: float, times: StoreTime) -> Ray:
    # Nearer to its far end: at the chosen one all lines meet.
    label: Point | None = (
        round(start[0] + (end[0] - start[0]) * 0.6, 2),
        round(start[1] + (end[1] - start[1]) * 0.6, 2),
    )
    if math.dist(start, end) < room:
        label = None
    fresh = times.now - row.last_at < FRESH_MS
    return Ray(name, start, end, label, _level(row.rssi_dbm), fresh, f"{row.rssi_dbm}".replace("-", "−"))


def _level(dbm: int) -> int:
    return 1 + sum(dbm >= bound for bound in LEVELS_DBM)
