"""The route of the fleet list; its filters live in the address, so they survive a reload and can be sent on."""

from collections.abc import Sequence
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from protocol.identity import BeaconIdentity
from protocol.instants import format_instant
from protocol.plan import StorePlan
from store_server.db.session import reading
from store_server.db.tables import Gateway, Presence
from store_server.web.console import rows
from store_server.web.console.causes import StoreHealth
from store_server.web.console.desk import Desk
from store_server.web.console.equipment import BEACON_WORDS, GATEWAY_WORDS, store_beacons, store_gateways
from store_server.web.console.fleet import BeaconRow, GatewayRow, beacon_rows, gateway_rows
from store_server.web.design.language import Language

PAGE_LENGTH = 300
"""Rows on one page: beyond it nobody reads on, they filter."""


class FleetFilter(BaseModel):
    """What the address asks for."""

    model_config = ConfigDict(frozen=True)

    show: Literal["gateways", "beacons"] = "gateways"
    store: str | None = Field(default=None, max_length=64)
    state: str | None = Field(default=None, max_length=20)


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the fleet list."""

    @router.get("/fleet")
    def fleet(
        request: Request, show: str = "gateways", store: str | None = None, state: str | None = None
    ) -> Response:
        wanted = FleetFilter(
            show="beacons" if show == "beacons" else "gateways", store=store or None, state=state or None
        )
        language = desk.language(request)
        with reading(desk.engine) as session:
            plans = desk.plans(session)
            gateways, beacons = _read(desk, session, list(plans.values()), language)
        listed: Sequence[GatewayRow | BeaconRow] = beacons if wanted.show == "beacons" else gateways
        matching = [one for one in listed if _fits(one, wanted)]
        shown = matching[:PAGE_LENGTH]
        words = BEACON_WORDS if wanted.show == "beacons" else GATEWAY_WORDS
        everything = language.gettext("All")
        return desk.page(
            request,
            "fleet.html",
            wanted=wanted,
            gateways=shown,
            beacons=shown,
            shown=len(shown),
            matching=len(matching),
            gateway_total=len(gateways),
            beacon_total=len(beacons),
            many_stores=len(plans) > 1,
            now_utc=format_instant(desk.clock.now())[11:16],
            store_options=[("", everything), *((plan.id, plan.name) for plan in plans.values())],
            state_options=[
                ("", everything),
                *((key, language.gettext(look[0])) for key, look in words.items()),
            ],
        )


def _read(
    desk: Desk, session: Session, plans: Sequence[StorePlan], language: Language
) -> tuple[list[GatewayRow], list[BeaconRow]]:
    kept: dict[str, list[Gateway]] = {plan.id: [] for plan in plans}
    for row in rows.gateways(session):
        kept.setdefault(row.store, []).append(row)
    heard: dict[str, list[Presence]] = {plan.id: [] for plan in plans}
    for presence in rows.presence(session):
        heard.setdefault(presence.store, []).append(presence)
    gateways: list[GatewayRow] = []
    beacons: list[BeaconRow] = []
    for plan in plans:
        times = desk.times(plan, language)
        conditions = store_gateways(plan, kept[plan.id], times.now)
        health = StoreHealth(plan, conditions, store_beacons(plan, heard[plan.id], conditions, times.now))
        gateways += gateway_rows(health, kept[plan.id], times)
        beacons += beacon_rows(health, _last_heard(plan, heard[plan.id]), times)
    return gateways, beacons


def _last_heard(plan: StorePlan, presence: Sequence[Presence]) -> dict[str, int]:
    ids = {beacon.identity: beacon.id for beacon in plan.beacons}
    found: dict[str, int] = {}
    for row in presence:
        beacon = ids.get(BeaconIdentity(row.uuid, row.major, row.minor))
        if beacon is not None:
            found[beacon] = max(row.last_at, found.get(beacon, row.last_at))
    return found


def _fits(one: GatewayRow | BeaconRow, wanted: FleetFilter) -> bool:
    return wanted.store in (None, one.store_id) and wanted.state in (None, one.key)
