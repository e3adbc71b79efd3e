"""Levels learned and signs kept: the tick that reads every beacon's strength once a minute (store_server.fleet.reception)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from sqlalchemy import Engine, bindparam, insert, select, update
from sqlmodel import Session, SQLModel
from sqlmodel import select as select_rows

from protocol.instants import Instant
from store_server.db.session import reading, writing
from store_server.db.tables import BeaconLevel, BeaconSign
from store_server.documents import Documents
from store_server.fleet.condition import BEACON_SILENT_AFTER_MS, Heard
from store_server.fleet.health import StoreHealth, all_healths, presence_rows
from store_server.fleet.reception import (
    LEARN_EVERY_MS,
    Level,
    LevelKey,
    Sign,
    find_signs,
    learned,
    level_key,
)

AT_ONCE = 2_000
"""Levels learned in one transaction: the hot path waits for it; in an hour of minutes 120,000 have their turn."""

_LEVEL = SQLModel.metadata.tables[str(BeaconLevel.__tablename__)]


class Reception:
    """Reads the strength of every beacon; use `look` once a minute, in one process at a time."""

    def __init__(self, database: Engine) -> None:
        self._database, self._documents = database, Documents()

    def look(self, now: Instant) -> None:
        """Keep the signs there are, and learn the levels that are due."""
        with reading(self._database) as session:
            healths = all_healths(session, self._documents.plans(session), now)
            heard: dict[str, list[Heard]] = defaultdict(list)
            for row in presence_rows(session):
                heard[row.store].append(row)
            levels = _levels(session)
        found = {
            (store, beacon): sign
            for store, health in healths.items()
            for beacon, sign in find_signs(health.plan, heard[store], health.gateways, levels, now).items()
        }
        due = list(_due(healths, heard, levels, now))[:AT_ONCE]
        with writing(self._database) as session:
            _keep_signs(session, found, now)
            _learn(session, due, levels, now)


def _levels(session: Session) -> dict[LevelKey, Level]:
    found = session.connection().execute(select(*_LEVEL.c))
    return {LevelKey(*row[:5]): Level(*row[5:]) for row in found.all()}


def _due(
    healths: Mapping[str, StoreHealth],
    heard: Mapping[str, list[Heard]],
    levels: Mapping[LevelKey, Level],
    now: Instant,
) -> Iterator[Heard]:
    """Yield what is heard of planned beacons and has not been learned for an hour; tags are carried and have no level."""
    for store, health in healths.items():
        planned = {beacon.identity for beacon in health.plan.beacons}
        for row in heard[store]:
            level = levels.get(level_key(row))
            fresh = row.state == "present" and now - row.last_at < BEACON_SILENT_AFTER_MS
            if fresh and row.identity in planned and _is_due(level, now):
                yield row


def _is_due(level: Level | None, now: Instant) -> bool:
    return level is None or now - level.learned_at >= LEARN_EVERY_MS


def _learn(session: Session, rows: list[Heard], levels: Mapping[LevelKey, Level], now: Instant) -> None:
    new, better = [], []
    for row in rows:
        key, before = level_key(row), levels.get(level_key(row))
        after = asdict(learned(before, row.rssi_dbm, now))
        if before is None:
            new.append({**key._asdict(), **after})
        else:
            better.append({**{f"old_{name}": value for name, value in key._asdict().items()}, **after})
    one_row = [_LEVEL.c[name] == bindparam(f"old_{name}") for name in LevelKey._fields]
    if new:
        session.connection().execute(insert(_LEVEL), new)
    if better:
        session.connection().execute(update(_LEVEL).where(*one_row), better)


def _keep_signs(session: Session, found: Mapping[tuple[str, str], Sign], now: Instant) -> None:
    """Keep each sign with the instant it was first seen; one that is gone goes."""
    kept = {(row.store, row.beacon): row for row in session.exec(select_rows(BeaconSign))}
    for key, sign in found.items():
        row = kept.get(key)
        if row is None or row.state != sign.state:
            store, beacon = key
            session.merge(
                BeaconSign(store=store, beacon=beacon, state=sign.state, detail=sign.detail, since_at=now)
            )
        elif row.detail != sign.detail:
            row.detail = sign.detail
    for key in kept.keys() - found.keys():
        session.delete(kept[key])
