"""Every store's equipment judged from rows: what the console shows and the alerts watch."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from protocol.instants import Instant
from protocol.plan import StorePlan
from store_server.db.tables import Gateway, Presence
from store_server.fleet.condition import BeaconCondition, Condition, Heard, store_beacons, store_gateways


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """A store's plan and the condition of what hangs in it."""

    plan: StorePlan
    gateways: Mapping[str, Condition]
    beacons: Mapping[str, BeaconCondition]


def store_health(session: Session, plan: StorePlan, now: Instant) -> StoreHealth:
    """Judge everything that hangs in a store."""
    kept, heard = gateway_rows(session, plan.id), presence_rows(session, plan.id)
    gateways = store_gateways(plan, kept, now)
    return StoreHealth(plan, gateways, store_beacons(plan, heard, gateways, now))


def all_healths(session: Session, plans: Mapping[str, StorePlan], now: Instant) -> dict[str, StoreHealth]:
    """Judge every store, with two questions to the database however many there are."""
    kept: dict[str, list[Gateway]] = defaultdict(list)
    for row in gateway_rows(session):
        kept[row.store].append(row)
    heard: dict[str, list[Heard]] = defaultdict(list)
    for presence in presence_rows(session):
        heard[presence.store].append(presence)
    healths = {}
    for store, plan in plans.items():
        gateways = store_gateways(plan, kept[store], now)
        healths[store] = StoreHealth(plan, gateways, store_beacons(plan, heard[store], gateways, now))
    return healths


def gateway_rows(session: Session, store: str | None = None) -> list[Gateway]:
    query = select(Gateway)
    return list(session.exec(query if store is None else query.where(Gateway.store == store)))


def presence_rows(session: Session, store: str | None = None) -> list[Heard]:
    """Return what gateways last said of each beacon; plain tuples, for a chain has tens of thousands."""
    query: Any = select(*(getattr(Presence, name) for name in Heard._fields))
    found = session.exec(query if store is None else query.where(Presence.store == store))
    return [Heard(*row) for row in found]
