"""Every store's equipment judged from rows: what the console shows and the alerts watch."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session, and_, col, or_, select

from protocol.identity import BeaconIdentity
from protocol.instants import MINUTE, Instant
from protocol.plan import StorePlan
from store_server.db.tables import BeaconSign, Gateway, Presence
from store_server.fleet.broker import unheard
from store_server.fleet.condition import (
    HEARD,
    BeaconCondition,
    Condition,
    Heard,
    Spoken,
    store_beacons,
    store_gateways,
)

STEADY_MS: Instant = 10 * MINUTE
"""A sign of reception must last this long before it is told: crowds come and go."""

_HEARD: Any = select(*(getattr(Presence, name) for name in Heard._fields))


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """A store's plan and the condition of what hangs in it."""

    plan: StorePlan
    gateways: Mapping[str, Condition]
    beacons: Mapping[str, BeaconCondition]


def store_health(session: Session, plan: StorePlan, now: Instant) -> StoreHealth:
    """Judge everything that hangs in a store."""
    spoken, heard = gateways_spoken(session, plan.id), presence_rows(session, plan.id)
    deaf = unheard(session, now)
    return _judged(
        plan,
        store_gateways(plan, spoken, now, deaf),
        heard,
        _steady_signs(session, now, plan.id)[plan.id],
        now,
    )


def all_healths(session: Session, plans: Mapping[str, StorePlan], now: Instant) -> dict[str, StoreHealth]:
    """Judge every store, with two questions to the database however many there are."""
    spoken: dict[str, list[Spoken]] = defaultdict(list)
    for word in gateways_spoken(session):
        spoken[word.store].append(word)
    heard: dict[str, list[Heard]] = defaultdict(list)
    for presence in presence_rows(session):
        heard[presence.store].append(presence)
    signs, deaf = _steady_signs(session, now), unheard(session, now)
    return {
        store: _judged(plan, store_gateways(plan, spoken[store], now, deaf), heard[store], signs[store], now)
        for store, plan in plans.items()
    }


def with_signs(session: Session, health: StoreHealth, now: Instant) -> StoreHealth:
    """Return a store's health with the signs of reception that have lasted."""
    beacons = dict(health.beacons)
    _add_signs(beacons, _steady_signs(session, now, health.plan.id)[health.plan.id])
    return replace(health, beacons=beacons)


def gateways_spoken(session: Session, store: str | None = None) -> list[Spoken]:
    """Return what was last heard of each gateway; without its heartbeat, which is large and judges nothing."""
    query: Any = select(*(getattr(Gateway, name) for name in Spoken._fields))
    found = session.exec(query if store is None else query.where(Gateway.store == store))
    return [Spoken(*row) for row in found.all()]


def presence_rows(session: Session, store: str | None = None) -> list[Heard]:
    """Return what gateways last said of each beacon; plain tuples, for a chain has tens of thousands."""
    found = session.exec(_HEARD if store is None else _HEARD.where(Presence.store == store))
    return [Heard(*row) for row in found.all()]


def heard_at(session: Session, store: str, gateway: str) -> list[Heard]:
    """Return what one gateway last said of everything it heard."""
    return [
        Heard(*row)
        for row in session.exec(_HEARD.where(Presence.store == store, Presence.gateway == gateway))
    ]


def heard_of(session: Session, identities: Collection[BeaconIdentity]) -> list[Heard]:
    """Return what gateways last said of some beacons."""
    if not identities:
        return []
    # Alternatives rather than a list of tuples, for which SQLite reads the whole table.
    one_of = [
        and_(Presence.uuid == uuid, Presence.major == major, Presence.minor == minor)
        for uuid, major, minor in identities
    ]
    return [Heard(*row) for row in session.exec(_HEARD.where(or_(*one_of)))]


def _steady_signs(
    session: Session, now: Instant, store: str | None = None
) -> defaultdict[str, list[BeaconSign]]:
    """Return the signs that have lasted, by store."""
    query = select(BeaconSign).where(col(BeaconSign.since_at) <= now - STEADY_MS)
    found = defaultdict(list)
    for row in session.exec(query if store is None else query.where(BeaconSign.store == store)):
        found[row.store].append(row)
    return found


def _judged(
    plan: StorePlan,
    gateways: Mapping[str, Condition],
    heard: list[Heard],
    signs: list[BeaconSign],
    now: Instant,
) -> StoreHealth:
    beacons = store_beacons(plan, heard, gateways, now)
    _add_signs(beacons, signs)
    return StoreHealth(plan, gateways, beacons)


def _add_signs(beacons: dict[str, BeaconCondition], signs: list[BeaconSign]) -> None:
    for sign in signs:
        one = beacons.get(sign.beacon)
        if one is not None and one.condition.state == HEARD:
            beacons[sign.beacon] = replace(
                one, condition=Condition(sign.state, sign.since_at), detail=sign.detail
            )
