"""Routes of the stores' places: one store by two fields, many by pasted lines, all as a file."""

from collections.abc import Mapping

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session, select
from starlette.concurrency import run_in_threadpool

from store_server.db.session import reading, writing
from store_server.db.tables import Audit, StorePlace
from store_server.web.console.accounts.gate import HOME, need
from store_server.web.console.desk import SAFE_HEADERS, Desk
from store_server.web.console.pages_frame import read_form
from store_server.web.console.places.form import (
    NO_LATITUDE,
    NO_LONGITUDE,
    PlaceFault,
    read_degrees,
    read_places,
    written_places,
)

PLACES = f"{HOME}/places"
LARGEST = 512 * 1024
"""2,000 lines, every letter of them escaped."""


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the page of places."""

    @router.get("/places")
    def places(request: Request, store: str = "") -> Response:
        need(request, "plans")
        return _page(desk, request, {"store": store})

    @router.get("/places/places.csv")
    def export(request: Request) -> Response:
        need(request, "plans")
        with reading(desk.engine) as session:
            text = written_places(kept_places(session))
        headers = {"Content-Disposition": 'attachment; filename="places.csv"'}
        return Response(text, media_type="text/csv; charset=utf-8", headers={**SAFE_HEADERS, **headers})

    @router.post("/places")
    async def placed(request: Request) -> Response:
        by, form = need(request, "plans"), await read_form(request, LARGEST)
        store = form.get("store", "")
        place = read_degrees(form.get("latitude", ""), 90), read_degrees(form.get("longitude", ""), 180)
        if place[0] is None or place[1] is None:
            say = desk.language(request).gettext
            faults = {
                "latitude": say(NO_LATITUDE) if place[0] is None else "",
                "longitude": say(NO_LONGITUDE) if place[1] is None else "",
            }
            return _page(desk, request, form, faults=faults)
        await run_in_threadpool(_keep, desk, {store: (place[0], place[1])}, by.name)
        return RedirectResponse(f"{HOME}/stores", status_code=303)

    @router.post("/places/lines")
    async def lines(request: Request) -> Response:
        by, form = need(request, "plans"), await read_form(request, LARGEST)
        text = form.get("text", "")
        with reading(desk.engine) as session:
            read = read_places(text, desk.plans(session))
        if read.faults or not read.places:
            return _page(desk, request, {"text": text}, wrong=read.faults, nothing_read=not read.faults)
        await run_in_threadpool(_keep, desk, read.places, by.name)
        return RedirectResponse(f"{HOME}/stores", status_code=303)


def kept_places(session: Session) -> dict[str, tuple[float, float]]:
    """Return every store's latitude and longitude, where somebody entered them."""
    return {row.store: (row.latitude, row.longitude) for row in session.exec(select(StorePlace))}


def _keep(desk: Desk, places: Mapping[str, tuple[float, float]], by: str) -> None:
    now = desk.clock.now()
    with writing(desk.engine) as session:
        known = desk.plans(session)
        for store, (latitude, longitude) in places.items():
            if store not in known:
                raise HTTPException(404, store)
            session.merge(
                StorePlace(store=store, latitude=latitude, longitude=longitude, changed_at=now, changed_by=by)
            )
            session.add(Audit(at=now, actor=by, action="store.place", subject=store))


def _page(
    desk: Desk,
    request: Request,
    form: Mapping[str, str],
    *,
    faults: Mapping[str, str] | None = None,
    wrong: tuple[PlaceFault, ...] = (),
    nothing_read: bool = False,
) -> Response:
    language = desk.language(request)
    with reading(desk.engine) as session:
        plans, kept = desk.plans(session), kept_places(session)
    store = form.get("store") or next((name for name in plans if name not in kept), next(iter(plans), ""))
    latitude, longitude = (f"{part:g}" for part in kept[store]) if store in kept else ("", "")
    return desk.page(
        request,
        "places.html",
        status=422 if faults or wrong or nothing_read else 200,
        wanted={"latitude": latitude, "longitude": longitude, **form, "store": store},
        faults=faults or {"latitude": "", "longitude": ""},
        wrong=[(one.line, language.gettext(one.why), one.got) for one in wrong],
        nothing_read=nothing_read,
        text=form.get("text", ""),
        store_options=[(name, plan.name) for name, plan in plans.items()],
        missing=[plan.name for name, plan in plans.items() if name not in kept],
        kept=len([name for name in kept if name in plans]),
        section="live",
    )
