"""Routes of enrolment: pick a gateway of the plan, hand out a one-time code with its QR, see it arrive, revoke it (SPEC 7)."""

import shlex
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from protocol.instants import Instant
from protocol.plan import StorePlan
from protocol.topics import GatewayAddress
from store_server.db.session import reading, writing
from store_server.fleet.enrolment import hand_out_code, new_code, revoke
from store_server.fleet.errors import BadRequest
from store_server.settings import LOOPBACK
from store_server.web.console.accounts.accounts import Person
from store_server.web.console.accounts.gate import HOME, need, person_of
from store_server.web.console.desk import SAFE_HEADERS, Desk
from store_server.web.console.fleet.causes import zone_name
from store_server.web.console.fleet.enrolling import Progress, read_progress
from store_server.web.console.pages_frame import read_form
from store_server.web.console.times import duration_words
from store_server.web.design.language import Language
from store_server.web.design.qr import qr_code

ENROL = f"{HOME}/enrol"


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the pages of enrolment."""
    _add_choice(router, desk)
    _add_progress(router, desk)


def _add_choice(router: APIRouter, desk: Desk) -> None:
    @router.get("/enrol")
    def choose(request: Request, store: str = "", gateway: str = "") -> Response:
        need(request, "fleet")
        return _choice(desk, request, store, gateway)

    @router.post("/enrol")
    async def chosen(request: Request) -> Response:
        by, form = need(request, "fleet"), await read_form(request)
        store, gateway, code = form.get("store", ""), form.get("gateway", ""), new_code()
        language = desk.language(request)
        if desk.reach.gateway_broker_host is None:
            return _choice(desk, request, store, gateway, status=409)
        try:
            address = await run_in_threadpool(_hand_out, desk, GatewayAddress(store, gateway), code, by)
        except BadRequest:
            fault = language.gettext("Store and gateway together have more than 64 characters.")
            return _choice(desk, request, store, gateway, fault, status=422)
        if address is None:
            fault = language.gettext("Choose a gateway of this store's plan.")
            return _choice(desk, request, store, gateway, fault, status=422)
        return _way_in(desk, request, address, code)


def _add_progress(router: APIRouter, desk: Desk) -> None:
    @router.get("/enrol/{store}/{gateway}")
    def progress(request: Request, store: str, gateway: str) -> Response:
        return _way_in(desk, request, GatewayAddress(store, gateway))

    @router.get("/enrol/{store}/{gateway}/progress")
    def part(request: Request, store: str, gateway: str) -> Response:
        context = _progress(desk, GatewayAddress(store, gateway), desk.language(request), person_of(request))
        return HTMLResponse(
            desk.render("parts/enrolment.html", desk.language(request), home=HOME, **context),
            headers=SAFE_HEADERS,
        )

    @router.post("/enrol/{store}/{gateway}/revoke")
    def revoked(request: Request, store: str, gateway: str) -> Response:
        by, address = need(request, "fleet"), GatewayAddress(store, gateway)
        with writing(desk.engine) as session:
            _place(desk.plan(session, store), gateway)
            revoke(session, address, by.name, desk.clock.now())
        return RedirectResponse(f"{ENROL}/{store}/{gateway}", status_code=303)


def _choice(
    desk: Desk, request: Request, store: str, gateway: str, fault: str | None = None, *, status: int = 200
) -> Response:
    """Return the form: the store first where there are several, then one of its gateways; none while no broker is named."""
    with reading(desk.engine) as session:
        plans = desk.plans(session)
    plan = plans.get(store) or (next(iter(plans.values())) if len(plans) == 1 else None)
    places = [] if plan is None else plan.gateways
    return desk.page(
        request,
        "enrol.html",
        status=status,
        plan=plan,
        store_options=[(one.id, one.name) for one in plans.values()],
        gateway_options=[(one.id, f"{one.id} · {zone_name(plan, one.zone)}") for one in places if plan],
        gateway=gateway,
        fault=fault,
        no_broker=desk.reach.gateway_broker_host is None,
        section="fleet",
    )


def _way_in(desk: Desk, request: Request, address: GatewayAddress, code: str | None = None) -> Response:
    server = desk.server_url(request)
    command = f"sudo aislecue gateway enroll --server {shlex.quote(server)} --code {code}" if code else None
    return desk.page(
        request,
        "enrolment.html",
        **_progress(desk, address, desk.language(request), person_of(request)),
        code=code,
        command=command,
        qr=None if command is None else qr_code(command),
        local=any(f"//{name}" in server for name in LOOPBACK),
        no_broker=desk.reach.gateway_broker_host is None,
        section="fleet",
    )


def _hand_out(desk: Desk, address: GatewayAddress, code: str, by: Person) -> GatewayAddress | None:
    """Hand out a code for a gateway that is planned; None where it is not. Raises BadRequest."""
    with writing(desk.engine) as session:
        plan = desk.plans(session).get(address.store)
        if plan is None or address.gateway not in {one.id for one in plan.gateways}:
            return None
        hand_out_code(session, address, code, by.name, desk.clock.now())
    return address


def _progress(desk: Desk, address: GatewayAddress, language: Language, person: Person) -> Mapping[str, Any]:
    """Return what the page shows of a gateway's way in. Raises HTTPException 404."""
    now = desk.clock.now()
    with reading(desk.engine) as session:
        plan = desk.plan(session, address.store)
        zone = _place(plan, address.gateway)
        steps: Progress = read_progress(session, address, now)
    times = desk.times(plan, language)

    def at(instant: Instant | None) -> object:
        return None if instant is None else times.zoned(instant)

    return {
        "plan": plan,
        "gateway": address.gateway,
        "zone": zone,
        "step": steps.word,
        "code_until": at(steps.code_until),
        "code_left": None if steps.code_until is None else duration_words(language, steps.code_until - now),
        "enrolled": at(steps.enrolled_at),
        "certificate_until": None if steps.certificate_until is None else times.day(steps.certificate_until),
        "revoked": at(steps.revoked_at),
        "first_heard": at(steps.first_heard_at),
        "heard": at(steps.heard_at),
        "may_change": person.may("fleet"),
    }


def _place(plan: StorePlan, gateway: str) -> str:
    """Return the name of a planned gateway's zone. Raises HTTPException 404."""
    for place in plan.gateways:
        if place.id == gateway:
            return zone_name(plan, place.zone)
    raise HTTPException(404, gateway)
