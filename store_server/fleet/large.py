"""A large store judged: what is plainly heard is asked of the database as such, and only the rest is looked at row by row.

The same conditions as fleet.health, but for since when and by whom a well beacon is heard, which thousands of rows would cost.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, not_, select

from protocol.instants import Instant
from protocol.plan import Beacon, StorePlan
from store_server.db.tables import Presence
from store_server.fleet.broker import unheard
from store_server.fleet.condition import (
    BEACON_SILENT_AFTER_MS,
    HEARD,
    BeaconCondition,
    Condition,
    Heard,
    store_beacons,
    store_gateways,
)
from store_server.fleet.health import StoreHealth, gateways_spoken, with_signs

MAJOR = 2**16
_HEARD_NOW = BeaconCondition(Condition(HEARD, None), (), None)


def large_store_health(session: Session, plan: StorePlan, now: Instant) -> StoreHealth:
    """Judge everything that hangs in a store of thousands of beacons."""
    gateways = store_gateways(plan, gateways_spoken(session, plan.id), now, unheard(session, now))
    here = col(Presence.store) == plan.id
    hearing = and_(
        col(Presence.last_at) > now - BEACON_SILENT_AFTER_MS,
        Presence.state == "present",
        col(Presence.gateway).in_([name for name, one in gateways.items() if one.alive]),
    )
    not_heard = _unheard(session, plan, and_(here, hearing))
    rows: Any = select(*(getattr(Presence, name) for name in Heard._fields)).where(here, not_(hearing))
    rest = [Heard(*row) for row in session.exec(rows)] if not_heard else []
    beacons = dict.fromkeys((one.id for one in plan.beacons), _HEARD_NOW)
    beacons |= store_beacons(replace(plan, beacons=tuple(not_heard)), rest, gateways, now)
    return with_signs(session, StoreHealth(plan, gateways, beacons), now)


def _unheard(session: Session, plan: StorePlan, heard_now: ColumnElement[bool]) -> list[Beacon]:
    # One number a beacon: rows of three columns take twice as long to come out of the database.
    number: Any = col(Presence.major) * MAJOR + col(Presence.minor)
    heard = {
        uuid: set(session.exec(select(number).where(heard_now, Presence.uuid == uuid)).all())
        for uuid in {one.identity.uuid for one in plan.beacons}
    }
    return [
        one
        for one in plan.beacons
        if one.identity.major * MAJOR + one.identity.minor not in heard[one.identity.uuid]
    ]
