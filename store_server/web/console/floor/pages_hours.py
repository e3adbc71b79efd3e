"""The route of a store's last hours: where shoppers were, by zone, as shades of the plan and as a table."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from protocol.instants import HOUR
from store_server.db.session import reading
from store_server.web.console.desk import Desk
from store_server.web.console.floor.drawing import draw_floor
from store_server.web.console.floor.heat import FEWEST, HOURS, LEVELS, read_heat
from store_server.web.console.floor.pictures import read_picture


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the page of the last hours."""

    @router.get("/stores/{store}/hours")
    def hours(request: Request, store: str) -> Response:
        with reading(desk.engine) as session:
            plan = desk.plan(session, store)
            times = desk.times(plan, desk.language(request))
            heat = read_heat(session, plan, times.hour_start)
            picture = read_picture(session, store)
        starts = [times.hour_start - (HOURS - k) * HOUR for k in range(HOURS)]
        return desk.page(
            request,
            "hours.html",
            plan=plan,
            store=store,
            times=times,
            floor=draw_floor(plan, [], {}, {}),
            picture=picture,
            names={zone.id: zone.name for zone in plan.zones},
            heat=heat,
            levels={one.zone: one.level for one in heat},
            levels_total=LEVELS,
            hours=[times.brief(at) for at in starts],
            fewest=FEWEST,
            section="live",
        )
