"""The route of the fleet list; its filters live in the address, so they survive a reload and can be sent on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session, col, select

from protocol.identity import BeaconIdentity
from protocol.plan import StorePlan
from store_server.db.session import reading
from store_server.db.tables import EquipmentCondition, Gateway
from store_server.fleet.causes import BEACON, GATEWAY
from store_server.fleet.condition import Heard
from store_server.fleet.health import heard_of
from store_server.fleet.kept import Chosen, count_equipment, last_look, list_equipment
from store_server.web.console.desk import Desk
from store_server.web.console.fleet.causes import chain_words
from store_server.web.console.fleet.equipment import BEACON_WORDS, GATEWAY_WORDS
from store_server.web.console.fleet.listing import BeaconRow, GatewayRow, beacon_row, gateway_row
from store_server.web.console.leaves import read_leaf, turn_leaves
from store_server.web.console.times import StoreTime, look_words, shared_zone

LEAF_LENGTH = 50
LONGEST_SEARCH = 64


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the fleet list."""

    @router.get("/fleet")
    def fleet(
        request: Request, show: str = "", store: str = "", state: str = "", text: str = "", page: str = ""
    ) -> Response:
        language, now = desk.language(request), desk.clock.now()
        kind, words = (BEACON, BEACON_WORDS) if show == "beacons" else (GATEWAY, GATEWAY_WORDS)
        chosen = Chosen(kind, store or None, state or None, text.strip()[:LONGEST_SEARCH] or None)
        with reading(desk.engine) as session:
            plans, look = desk.plans(session), last_look(session, now)
            matching = count_equipment(session, chosen)
            leaf = turn_leaves(request.url, read_leaf(page), matching, LEAF_LENGTH)
            found = list_equipment(session, chosen, leaf.skip, LEAF_LENGTH)
            listed = [one for one in found if one.store in plans]
            clocks = {one.store: desk.times(plans[one.store], language) for one in listed}
            rows = (_beacons if kind == BEACON else _gateways)(session, listed, plans, clocks)
            chain = chain_words(
                session, StoreTime(shared_zone(plan.timezone for plan in plans.values()), language, now)
            )
            totals = [
                count_equipment(session, replace(chosen, kind=one, state=None)) for one in (GATEWAY, BEACON)
            ]
        every = ("", language.gettext("All"))
        return desk.page(
            request,
            "fleet.html",
            show="beacons" if kind == BEACON else "gateways",
            wanted=chosen,
            rows=rows,
            leaf=leaf,
            gateway_total=totals[0],
            beacon_total=totals[1],
            many_stores=len(plans) > 1,
            look=look_words(look, language, now, (plan.timezone for plan in plans.values())),
            chain=chain,
            store_options=[every, *((name, plan.name) for name, plan in plans.items())],
            state_options=[every, *((key, language.gettext(look[0])) for key, look in words.items())],
        )


def _gateways(
    session: Session,
    listed: Sequence[EquipmentCondition],
    plans: Mapping[str, StorePlan],
    clocks: Mapping[str, StoreTime],
) -> list[GatewayRow]:
    query = select(Gateway).where(
        col(Gateway.store).in_({one.store for one in listed}), col(Gateway.id).in_({one.id for one in listed})
    )
    said = {(row.store, row.id): row for row in session.exec(query)}
    return [
        gateway_row(one, plans[one.store], said.get((one.store, one.id)), clocks[one.store]) for one in listed
    ]


def _beacons(
    session: Session,
    listed: Sequence[EquipmentCondition],
    plans: Mapping[str, StorePlan],
    clocks: Mapping[str, StoreTime],
) -> list[BeaconRow]:
    identities = {
        (store, beacon.id): beacon.identity
        for store in {one.store for one in listed}
        for beacon in plans[store].beacons
    }
    shown = [(one, identities[one.store, one.id]) for one in listed if (one.store, one.id) in identities]
    heard: dict[BeaconIdentity, list[Heard]] = defaultdict(list)
    for row in heard_of(session, [identity for _, identity in shown]):
        heard[row.identity].append(row)
    return [beacon_row(one, plans[one.store], heard[identity], clocks[one.store]) for one, identity in shown]
