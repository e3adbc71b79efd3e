"""Routes of the floor editor: draw zones, place beacons and gateways, save a new revision (SPEC 2)."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from protocol.plan import StorePlan
from store_server.db.session import reading
from store_server.db.tables import FloorPicture
from store_server.fleet.config import newest_plan
from store_server.web.console.accounts.gate import HOME, need
from store_server.web.console.desk import Desk, query
from store_server.web.console.floor.drawing import FloorView, draw_floor
from store_server.web.console.floor.pictures import picture_shape
from store_server.web.console.floor.plan_panels import Editor, Wanted, build_editor, zone_options
from store_server.web.console.floor.plan_saving import Attempt, save_form
from store_server.web.console.floor.plan_sheet import overlay, sheet_of
from store_server.web.console.pages_frame import read_form

LARGEST_PLAN_FORM = 900 * 1024
"""Bytes of every zone, every gateway and a page of beacons, percent signs and all."""
MOST_FIELDS = 20_000


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the editor's page and its form."""

    @router.get("/stores/{store}/plan")
    def edit(request: Request, store: str, zone: str = "", page: int = 1, saved: bool = False) -> Response:
        need(request, "plans")
        return _page(desk, request, store, Wanted(zone, page), Attempt(saved=saved))

    @router.post("/stores/{store}/plan")
    async def save(request: Request, store: str) -> Response:
        by = need(request, "plans")
        form = await read_form(request, LARGEST_PLAN_FORM, MOST_FIELDS)
        attempt = await run_in_threadpool(save_form, desk, store, form, by)
        wanted = _wanted(form)
        if attempt.saved:
            page = wanted.page if wanted.page > 1 else None
            back = query(f"{HOME}/stores/{store}/plan", zone=wanted.zone, page=page, saved="1")
            return RedirectResponse(back, status_code=303)
        return await run_in_threadpool(_page, desk, request, store, wanted, attempt)


def _page(desk: Desk, request: Request, store: str, wanted: Wanted, attempt: Attempt) -> Response:
    language = desk.language(request)
    with reading(desk.engine) as session:
        plan = desk.plan(session, store)
        revision = _revision(session, store)
        picture = session.get(FloorPicture, store)
    editor = build_editor(plan, attempt, wanted, language)
    sheet = overlay(sheet_of(plan), attempt.edits)
    meanwhile = attempt.meanwhile
    failed = bool(meanwhile or editor.wrong or attempt.elsewhere or attempt.edits.gone)
    return desk.page(
        request,
        "plan.html",
        status=(409 if meanwhile else 422) if failed else 200,
        plan=plan,
        store=store,
        revision=revision,
        editor=editor,
        floor=_drawing(plan, editor),
        picture=None if picture is None else picture_shape(picture),
        zone_options=zone_options(sheet),
        wanted=wanted,
        attempt=attempt,
        meanwhile_at=None if meanwhile is None else desk.times(plan, language).zoned(meanwhile.at),
        section="live",
    )


def _drawing(plan: StorePlan, editor: Editor) -> FloorView:
    """Draw the plan as it runs, for those without JavaScript; with it the fields are drawn."""
    look = ("heard", "still")
    gateways = {one.id: (*look, one.id) for one in plan.gateways}
    return draw_floor(plan, [], gateways, {one.id: (*look, one.id) for one in editor.beacons})


def _revision(session: Session, store: str) -> int:
    row = newest_plan(session, store)
    return 0 if row is None else row.revision


def _wanted(form: Mapping[str, str]) -> Wanted:
    page = form.get("page", "1")
    return Wanted(
        form.get("only", ""), int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    )
