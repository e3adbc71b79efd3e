"""Routes of the floor: the list of stores, one store live, its event stream."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from protocol.plan import StorePlan
from store_server.db.session import reading
from store_server.fleet.health import all_healths
from store_server.web.console.desk import Desk
from store_server.web.console.gate import STORES
from store_server.web.console.live import read_feed, read_store
from store_server.web.console.stream import store_events

STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""A proxy that buffers would hold events back."""


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the list of stores and each store live."""

    @router.get("")
    @router.get("/stores")
    def stores(request: Request) -> Response:
        with reading(desk.engine) as session:
            plans = desk.plans(session)
            if len(plans) == 1:
                return RedirectResponse(f"{STORES}/{next(iter(plans))}", status_code=303)
            now, language = desk.clock.now(), desk.language(request)
            found = []
            for health in all_healths(session, plans, now).values():
                plan = health.plan
                found.append(
                    {
                        "id": plan.id,
                        "name": plan.name,
                        "gateways": len(plan.gateways),
                        "gateways_well": sum(one.well for one in health.gateways.values()),
                        "beacons": len(plan.beacons),
                        "beacons_heard": sum(one.condition.well for one in health.beacons.values()),
                        "clock": desk.times(plan, language).zoned(now),
                    }
                )
        return desk.page(request, "stores.html", stores=found)

    @router.get("/stores/{store}")
    def live(request: Request, store: str) -> Response:
        language = desk.language(request)
        # The feed first: what is decided in between comes again by the stream, and the page knows it by its number.
        lines, cursor = read_feed(desk, store, language)
        snapshot = read_store(desk, store, language)
        return desk.page(request, "live.html", **snapshot.context, lines=lines, cursor=cursor)

    @router.get("/stores/{store}/live")
    def stream(
        request: Request,
        store: str,
        after: int = 0,
        last_event_id: Annotated[int | None, Header()] = None,
    ) -> Response:
        _known(desk, store)
        events = store_events(
            desk, store, after if last_event_id is None else last_event_id, desk.language(request)
        )
        return StreamingResponse(events, media_type="text/event-stream", headers=STREAM_HEADERS)


def _known(desk: Desk, store: str) -> StorePlan:
    """Refuse an unknown store before a stream begins: later there is no status to say it with."""
    with reading(desk.engine) as session:
        return desk.plan(session, store)
