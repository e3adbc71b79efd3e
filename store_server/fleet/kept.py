"""The fleet as last judged, kept in rows: written by the tick where something changed, read by pages over many stores."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, update
from sqlmodel import Session, SQLModel, col, select

from protocol.instants import SECOND, Instant
from store_server.db.tables import EquipmentCondition, FleetLook, StoreCondition
from store_server.fleet.causes import BEACON, GATEWAY, Cause, Stop
from store_server.fleet.condition import Condition
from store_server.fleet.health import StoreHealth

LATE_AFTER_MS: Instant = 45 * SECOND
"""The fleet is judged every ten seconds; a judgement this old may be wrong by now, and pages say so."""

FLEET = "fleet"
_EQUIPMENT = SQLModel.metadata.tables[str(EquipmentCondition.__tablename__)]


class Thing(NamedTuple):
    """A gateway or beacon of a store."""

    kind: str
    store: str
    id: str


class Judged(NamedTuple):
    """Where it hangs and how it is doing."""

    zone: str
    condition: Condition
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """When the fleet was judged; no instant: never yet."""

    at: Instant | None
    late: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which equipment to list; None leaves a filter open, `text` is a part of an id."""

    kind: str
    store: str | None = None
    state: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a judgement makes other than what is kept: rows of equipment, and whole stores."""

    new: list[dict[str, Any]]
    changed: list[dict[str, Any]]
    gone: list[dict[str, str]]
    stores: list[StoreCondition]
    stores_gone: list[str]

    @property
    def rows(self) -> int:
        return len(self.new) + len(self.changed) + len(self.gone) + len(self.stores) + len(self.stores_gone)


def find_changes(session: Session, healths: Mapping[str, StoreHealth], stops: Iterable[Stop]) -> Changes:
    """Compare a judgement with what is kept; apart from writing it, which every other writer waits for."""
    found, before = _things(healths), _kept_equipment(session)
    stores, kept = _store_rows(healths, stops), kept_stores(session)
    return Changes(
        new=[_row(thing, found[thing]) for thing in found if thing not in before],
        changed=[
            {**_row(thing, judged), **_key(thing)}
            for thing, judged in found.items()
            if thing in before and before[thing] != judged
        ],
        gone=[_key(thing) for thing in before if thing not in found],
        stores=[
            row for row in stores if row.store not in kept or kept[row.store].model_dump() != row.model_dump()
        ],
        stores_gone=[store for store in kept if store not in healths],
    )


def keep_changes(session: Session, changes: Changes, now: Instant) -> None:
    """Write what changed, and when the fleet was judged."""
    one_row = [_EQUIPMENT.c[name] == bindparam(f"old_{name}") for name in Thing._fields]
    connection = session.connection()
    for statement, rows in (
        (insert(_EQUIPMENT), changes.new),
        (update(_EQUIPMENT).where(*one_row), changes.changed),
        (delete(_EQUIPMENT).where(*one_row), changes.gone),
    ):
        if rows:
            connection.execute(statement, rows)
    for row in changes.stores:
        session.merge(row)
    for store in changes.stores_gone:
        session.delete(session.get_one(StoreCondition, store))
    session.merge(FleetLook(name=FLEET, at=now))


def last_look(session: Session, now: Instant) -> Look:
    """Return when the fleet was last judged, and whether that is too long ago."""
    row = session.get(FleetLook, FLEET)
    return Look(None, late=True) if row is None else Look(row.at, now - row.at >= LATE_AFTER_MS)


def kept_stores(session: Session) -> dict[str, StoreCondition]:
    return {row.store: row for row in session.exec(select(StoreCondition))}


def kept_stops(session: Session) -> list[Stop]:
    """Return everything that stops campaigns anywhere, store by store."""
    query = select(StoreCondition.store, StoreCondition.stops).where(col(StoreCondition.stopped) > 0)
    return [
        Stop(store, tuple(_read_cause(one) for one in stop["causes"]), tuple(stop["campaigns"]))
        for store, stops in session.exec(query.order_by(col(StoreCondition.store)))
        for stop in stops
    ]


def list_equipment(session: Session, chosen: Chosen, skip: int, limit: int) -> list[EquipmentCondition]:
    """Return what matches, what is not well first, then by store and id."""
    order = (
        col(EquipmentCondition.well),
        col(EquipmentCondition.store),
        col(EquipmentCondition.id),
    )
    query = select(EquipmentCondition).where(*_matching(chosen))
    return list(session.exec(query.order_by(*order).offset(skip).limit(limit)))


def count_equipment(session: Session, chosen: Chosen) -> int:
    return session.exec(select(func.count()).select_from(EquipmentCondition).where(*_matching(chosen))).one()


def _matching(chosen: Chosen) -> list[Any]:
    wanted: list[Any] = [EquipmentCondition.kind == chosen.kind]
    if chosen.store is not None:
        wanted.append(EquipmentCondition.store == chosen.store)
    if chosen.state is not None:
        wanted.append(EquipmentCondition.state == chosen.state)
    if chosen.text is not None:
        wanted.append(func.lower(EquipmentCondition.id).contains(chosen.text.lower(), autoescape=True))
    return wanted


def _things(healths: Mapping[str, StoreHealth]) -> dict[Thing, Judged]:
    found = {}
    for store, health in healths.items():
        for place in health.plan.gateways:
            found[Thing(GATEWAY, store, place.id)] = Judged(place.zone, health.gateways[place.id])
        for beacon in health.plan.beacons:
            one = health.beacons[beacon.id]
            found[Thing(BEACON, store, beacon.id)] = Judged(beacon.zone, one.condition, one.detail)
    return found


def _kept_equipment(session: Session) -> dict[Thing, Judged]:
    columns = (_EQUIPMENT.c[name] for name in ("kind", "store", "id", "zone", "state", "since_at", "detail"))
    return {
        Thing(kind, store, name): Judged(zone, Condition(state, since), detail)
        for kind, store, name, zone, state, since, detail in session.connection()
        .execute(select(*columns))
        .all()
    }


def _row(thing: Thing, judged: Judged) -> dict[str, Any]:
    condition = judged.condition
    return {
        **thing._asdict(),
        "zone": judged.zone,
        "state": condition.state,
        "well": condition.well,
        "since_at": condition.since,
        "detail": judged.detail,
    }


def _key(thing: Thing) -> dict[str, str]:
    return {f"old_{name}": value for name, value in thing._asdict().items()}


def _store_rows(healths: Mapping[str, StoreHealth], stops: Iterable[Stop]) -> list[StoreCondition]:
    by_store: dict[str, list[Stop]] = defaultdict(list)
    for stop in stops:
        by_store[stop.store].append(stop)
    return [_store_row(health, by_store[store]) for store, health in healths.items()]


def _store_row(health: StoreHealth, stops: Sequence[Stop]) -> StoreCondition:
    return StoreCondition(
        store=health.plan.id,
        gateways=len(health.gateways),
        gateways_well=sum(one.well for one in health.gateways.values()),
        beacons=len(health.beacons),
        beacons_heard=sum(one.condition.alive for one in health.beacons.values()),
        stopped=sum(len(stop.campaigns) for stop in stops),
        stops=[
            {"causes": [_written_cause(one) for one in stop.causes], "campaigns": list(stop.campaigns)}
            for stop in stops
        ],
    )


def _written_cause(cause: Cause) -> list[Any]:
    state, since = (None, None) if cause.condition is None else (cause.condition.state, cause.condition.since)
    return [cause.kind, cause.name, state, since, cause.detail]


def _read_cause(written: Sequence[Any]) -> Cause:
    kind, name, state, since, *detail = written
    return Cause(kind, name, None if state is None else Condition(state, since), *detail)
