"""The store plan, plan.yaml (SPEC 2): a store, its zones, beacons, tags, gateways and policy."""

from dataclasses import dataclass, field
from typing import TypeAlias

from protocol.daytime import parse_timezone
from protocol.document import Document, Path, read_document
from protocol.errors import Problem
from protocol.identity import BeaconIdentity, parse_uuid
from protocol.policy import Policy, read_policy
from protocol.reading import BEACON_ID, Reader, hint, settle, shown

FloorSize: TypeAlias = tuple[float, float]
"""Width and depth in metres."""

FLOOR_SLACK_M = 0.01
"""Rounding in drawn plans: a corner 1 cm outside is on the wall."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A named part of the floor; `polygon` in metres from the floor's corner."""

    id: str
    name: str
    polygon: tuple[tuple[float, float], ...]
    interrupt: str = "allow"


@dataclass(frozen=True, slots=True)
class Beacon:
    """A beacon fixed in a zone; `position` in metres, `interval_ms` between advertisements."""

    id: str
    zone: str
    identity: BeaconIdentity
    measured_power_dbm: int = -59
    interval_ms: int | None = None
    tx_power_dbm: int | None = None
    position: tuple[float, ...] | None = None
    firmware: str | None = None


@dataclass(frozen=True, slots=True)
class TagKind:
    """A proximity UUID whose beacons are carried: loyalty, cart or staff."""

    uuid: str
    kind: str


@dataclass(frozen=True, slots=True)
class GatewayPlace:
    """Where a gateway hangs; `position` in metres."""

    id: str
    zone: str
    position: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class StorePlan:
    """One store as planned; built only by `read_plan`, so always consistent."""

    id: str
    name: str
    timezone: str
    locale: str
    floor_m: FloorSize
    policy: Policy
    zones: tuple[Zone, ...]
    beacons: tuple[Beacon, ...]
    tags: tuple[TagKind, ...]
    gateways: tuple[GatewayPlace, ...]
    document: Document | None = field(default=None, compare=False, repr=False)
    zone_ids: frozenset[str] = field(init=False)
    silent_zones: frozenset[str] = field(init=False)
    """Zones in which nothing interrupts."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "zone_ids", frozenset(zone.id for zone in self.zones))
        never = frozenset(zone.id for zone in self.zones if zone.interrupt == "never")
        object.__setattr__(self, "silent_zones", never)

    def zone_name(self, zone: str | None) -> str:
        """Return what people call a zone; its id where the plan has it no more."""
        return next((one.name for one in self.zones if one.id == zone), zone or "")

    def problem(self, expected: str, got: str, *path: str | int) -> Problem:
        """Return a problem of this plan with its file and the line of the part at `path`."""
        if self.document is None:
            return Problem(self.id, None, expected, got)
        return Problem(self.document.source, self.document.line(path), expected, got)

    @property
    def allowed_uuids(self) -> frozenset[str]:
        """Proximity UUIDs a gateway may hear; every other is dropped before any queue, log or disk."""
        return frozenset(b.identity.uuid for b in self.beacons) | frozenset(t.uuid for t in self.tags)


def read_plan(text: str, source: str) -> StorePlan:
    """Read a store plan. Raises BadInput with every problem: file, line, expected, got."""
    return plan_from_document(read_document(text, source))


def plan_from_document(document: Document) -> StorePlan:
    """Build a plan from a read document. Raises BadInput."""
    problems = list(document.faults)
    root = Reader(document, (), problems, what="the plan")
    root.version(1)
    plan = _plan(root)
    root.done()
    settle(problems)
    return plan


def _plan(root: Reader) -> StorePlan:
    store = root.child("store", what="store")
    if store is None:
        root.missing("store", ", such as {id: milan, timezone: Europe/Rome, floor: ...}")
    floor_m = _floor(store) if store else None
    zones = tuple(_zone(r, floor_m) for r in root.children("zones", what="a zone"))
    _unique(root, "zones", [z.id for z in zones])
    zone_ids = {z.id for z in zones}
    beacons = _beacons(root, zone_ids, floor_m)
    tags = tuple(_tag(r) for r in root.children("tags", what="a tag"))
    _unique(root, "tags", [t.uuid for t in tags], what="tag UUID")
    _tags_apart(root, tags, beacons)
    gateways = tuple(_gateway(r, zone_ids, floor_m) for r in root.children("gateways", what="a gateway"))
    _unique(root, "gateways", [g.id for g in gateways])
    policy = read_policy(root.child("policy", what="policy"))
    if store is None:
        root.done()
        settle(root.problems)
        raise AssertionError("settle raises")
    plan = StorePlan(
        id=store.slug("id"),
        name=store.text("name", store.raw("id", "")),
        timezone=store.parsed("timezone", parse_timezone),
        locale=store.text("locale", "en", limit=35),
        floor_m=floor_m or (0.0, 0.0),
        policy=policy,
        zones=zones,
        beacons=beacons,
        tags=tags,
        gateways=gateways,
        document=root.document,
    )
    store.done()
    return plan


def _floor(store: Reader) -> FloorSize | None:
    floor = store.child("floor", what="floor")
    if floor is None:
        store.missing("floor", ", such as {width_m: 40, depth_m: 25}")
        return None
    before = len(store.problems)
    size = (floor.number("width_m", 0.1, 10_000), floor.number("depth_m", 0.1, 10_000))
    floor.done()
    return size if len(store.problems) == before else None


def _zone(r: Reader, floor_m: FloorSize | None) -> Zone:
    zone_id = r.slug("id")
    zone = Zone(
        id=zone_id,
        name=r.text("name", zone_id or "?"),
        polygon=_polygon(r, floor_m),
        interrupt=r.choice("interrupt", ("allow", "never"), "allow"),
    )
    r.done()
    return zone


def _polygon(r: Reader, floor_m: FloorSize | None) -> tuple[tuple[float, float], ...]:
    corners: list[tuple[float, float]] = []
    before = len(r.problems)
    for k, value in enumerate(r.items("polygon", default=False)):
        if not (isinstance(value, list) and len(value) == 2 and all(type(v) in (int, float) for v in value)):
            r.fault(("polygon", k), "polygon as corners [x, y] in metres", shown(value))
            continue
        corners.append((float(value[0]), float(value[1])))
        _inside(r, ("polygon", k), corners[-1], floor_m)
    if len(corners) < 3 and len(r.problems) == before:
        r.fault("polygon", "a polygon of at least 3 corners", str(len(corners)))
    return tuple(corners)


def _inside(r: Reader, at: Path, point: tuple[float, ...] | None, floor_m: FloorSize | None) -> None:
    if point is None or floor_m is None:
        return
    if not all(-FLOOR_SLACK_M <= p <= size + FLOOR_SLACK_M for p, size in zip(point, floor_m, strict=False)):
        r.fault(at, f"{at[0]} on the floor of {floor_m[0]:g} x {floor_m[1]:g} m", f"{list(point)}")


def _beacons(root: Reader, zone_ids: set[str], floor_m: FloorSize | None) -> tuple[Beacon, ...]:
    beacons, identities = [], []
    for r in root.children("beacons", what="a beacon"):
        beacons.append(_beacon(r, zone_ids, floor_m))
        uuid, major, minor = beacons[-1].identity
        # What is broken has a stand-in, and stand-ins are no doubles.
        sound = uuid and (major, minor) == (r.raw("major", None), r.raw("minor", None))
        identities.append(str(beacons[-1].identity) if sound else "")
    _unique(root, "beacons", [beacon.id for beacon in beacons])
    _unique(root, "beacons", identities, what="identity (uuid, major, minor)")
    return tuple(beacons)


def _beacon(r: Reader, zone_ids: set[str], floor_m: FloorSize | None) -> Beacon:
    beacon = Beacon(
        id=r.slug("id", pattern=BEACON_ID),
        zone=_known_zone(r, zone_ids),
        identity=BeaconIdentity(
            r.parsed("uuid", parse_uuid) or "", r.integer("major", 0, 65_535), r.integer("minor", 0, 65_535)
        ),
        measured_power_dbm=r.integer("measured_power_dbm", -127, 0, -59),
        interval_ms=r.integer("interval_ms", 20, 10_240, None),
        tx_power_dbm=r.integer("tx_power_dbm", -70, 20, None),
        position=r.point("position"),
        firmware=r.slug("firmware", None),
    )
    _inside(r, ("position",), beacon.position, floor_m)
    r.done()
    return beacon


def _known_zone(r: Reader, zone_ids: set[str]) -> str:
    zone = r.slug("zone")
    if zone and zone not in zone_ids:
        r.fault("zone", "a zone of this plan", repr(zone) + hint(zone, sorted(zone_ids)))
    return zone


def _tag(r: Reader) -> TagKind:
    tag = TagKind(r.parsed("uuid", parse_uuid) or "", r.choice("kind", ("loyalty", "cart", "staff")))
    r.done()
    return tag


def _gateway(r: Reader, zone_ids: set[str], floor_m: FloorSize | None) -> GatewayPlace:
    place = GatewayPlace(r.slug("id"), _known_zone(r, zone_ids), r.point("position"))
    _inside(r, ("position",), place.position, floor_m)
    r.done()
    return place


def _unique(root: Reader, key: str, ids: list[str], *, what: str = "id") -> None:
    first: dict[str, int] = {}
    for k, one in enumerate(ids):
        if one and one in first:
            before = root.document.line((key, first[one]))
            root.fault((key, k), f"each {what} once in {key}", f"{one!r} again (line {before})")
        first.setdefault(one, k)


def _tags_apart(root: Reader, tags: tuple[TagKind, ...], beacons: tuple[Beacon, ...]) -> None:
    fixed = {b.identity.uuid for b in beacons}
    for k, tag in enumerate(tags):
        if tag.uuid and tag.uuid in fixed:
            root.fault(("tags", k), "a tag UUID that no fixed beacon uses", repr(tag.uuid))
