"""The route of the fleet list; its filters live in the address, so they survive a reload and can be sent on."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from protocol.instants import format_instant
from store_server.db.session import reading
from store_server.fleet.health import all_healths, gateway_rows
from store_server.web.console.desk import Desk
from store_server.web.console.equipment import BEACON_WORDS, GATEWAY_WORDS
from store_server.web.console.fleet import Wanted, beacon_row, chosen_beacons, chosen_gateways, gateway_row

PAGE_LENGTH = 300
"""Rows on one page: beyond it nobody reads on, they filter."""


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the fleet list."""

    @router.get("/fleet")
    def fleet(
        request: Request, show: str = "", store: str | None = None, state: str | None = None
    ) -> Response:
        language, beacons_shown = desk.language(request), show == "beacons"
        wanted = Wanted(store or None, state or None)
        with reading(desk.engine) as session:
            healths = all_healths(session, desk.plans(session), desk.clock.now())
            kept = {(row.store, row.id): row for row in gateway_rows(session)}
        times = {name: desk.times(health.plan, language) for name, health in healths.items()}
        chosen = (chosen_beacons if beacons_shown else chosen_gateways)(healths, wanted)
        shown = chosen[:PAGE_LENGTH]
        words = BEACON_WORDS if beacons_shown else GATEWAY_WORDS
        every = ("", language.gettext("All"))
        return desk.page(
            request,
            "fleet.html",
            show="beacons" if beacons_shown else "gateways",
            wanted=wanted,
            gateways=[]
            if beacons_shown
            else [gateway_row(healths[s], name, kept.get((s, name)), times[s]) for s, name in shown],
            beacons=[beacon_row(healths[s], name, times[s]) for s, name in shown] if beacons_shown else [],
            shown=len(shown),
            matching=len(chosen),
            gateway_total=sum(len(health.gateways) for health in healths.values()),
            beacon_total=sum(len(health.beacons) for health in healths.values()),
            many_stores=len(healths) > 1,
            now_utc=format_instant(desk.clock.now())[11:16],
            store_options=[every, *((name, health.plan.name) for name, health in healths.items())],
            state_options=[every, *((key, language.gettext(look[0])) for key, look in words.items())],
        )
