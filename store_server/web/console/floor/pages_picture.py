"""Routes of the drawing under a store's zones: upload, scale, take away, show."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException as FormRefused

from store_server.db.session import reading, writing
from store_server.db.tables import FloorPicture
from store_server.web.console.accounts.accounts import Person
from store_server.web.console.accounts.gate import HOME, need
from store_server.web.console.desk import SAFE_HEADERS, Desk
from store_server.web.console.floor.pictures import (
    PICTURE_FAULTS,
    PLACE_FAULT,
    drop_picture,
    keep_picture,
    picture_shape,
    place_picture,
)
from store_server.web.console.pages_frame import read_form
from store_server.web.design.assets import IMMUTABLE
from store_server.web.pictures import LARGEST_UPLOAD, MEDIA_TYPE, BadPicture, cleansed


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the picture's page, its forms and the picture itself."""
    _add_upload(router, desk)

    @router.get("/stores/{store}/plan/picture")
    def page(request: Request, store: str) -> Response:
        need(request, "plans")
        return _page(desk, request, store)

    @router.get("/stores/{store}/plan/picture/{digest}")
    def picture(store: str, digest: str) -> Response:
        with reading(desk.engine) as session:
            desk.plan(session, store)
            row = session.get(FloorPicture, store)
        if row is None or row.digest != digest:
            raise HTTPException(404, digest)
        headers = {**SAFE_HEADERS, "Cache-Control": IMMUTABLE.replace("public", "private")}
        return Response(row.data, media_type=MEDIA_TYPE, headers=headers)

    @router.post("/stores/{store}/plan/picture/place")
    async def place(request: Request, store: str) -> Response:
        by, form = need(request, "plans"), await read_form(request)
        if form.get("do") != "drop" and not await run_in_threadpool(_placed, desk, store, form):
            return _page(desk, request, store, place_fault=desk.language(request).gettext(PLACE_FAULT))
        if form.get("do") == "drop":
            await run_in_threadpool(_dropped, desk, store, by)
        return RedirectResponse(f"{HOME}/stores/{store}/plan", status_code=303)


def _add_upload(router: APIRouter, desk: Desk) -> None:
    @router.post("/stores/{store}/plan/picture")
    async def upload(request: Request, store: str) -> Response:
        by, data = need(request, "plans"), await _uploaded(request)
        try:
            await run_in_threadpool(_kept, desk, store, data, by)
        except BadPicture as fault:
            said = desk.language(request).gettext(PICTURE_FAULTS[fault.reason])
            return await run_in_threadpool(_page, desk, request, store, fault=said)
        return RedirectResponse(f"{HOME}/stores/{store}/plan/picture", status_code=303)


async def _uploaded(request: Request) -> bytes:
    """Return the one file of a form. Raises HTTPException 422."""
    try:
        async with request.form(max_files=1, max_fields=4) as form:
            found = form.get("picture")
            return await found.read(LARGEST_UPLOAD + 1) if isinstance(found, UploadFile) else b""
    except FormRefused as fault:
        raise HTTPException(fault.status_code if fault.status_code == 413 else 422, "a form") from fault


def _kept(desk: Desk, store: str, data: bytes, by: Person) -> None:
    with reading(desk.engine) as session:
        plan = desk.plan(session, store)
    picture = cleansed(data)
    with writing(desk.engine) as session:
        keep_picture(session, plan, picture, by, desk.clock.now())


def _placed(desk: Desk, store: str, form: dict[str, str]) -> bool:
    with writing(desk.engine) as session:
        desk.plan(session, store)
        return place_picture(session, store, form)


def _dropped(desk: Desk, store: str, by: Person) -> None:
    with writing(desk.engine) as session:
        desk.plan(session, store)
        drop_picture(session, store, by, desk.clock.now())


def _page(
    desk: Desk, request: Request, store: str, fault: str | None = None, place_fault: str | None = None
) -> Response:
    with reading(desk.engine) as session:
        plan = desk.plan(session, store)
        row = session.get(FloorPicture, store)
    return desk.page(
        request,
        "picture.html",
        status=422 if fault or place_fault else 200,
        plan=plan,
        store=store,
        picture=None if row is None else picture_shape(row),
        fault=fault,
        place_fault=place_fault,
        section="live",
    )
