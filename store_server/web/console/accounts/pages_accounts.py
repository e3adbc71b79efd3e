"""Routes of accounts: sign in and out, the first owner by a one-time link, the owner's list, one's own sessions and password."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import select
from starlette.concurrency import run_in_threadpool

from protocol.instants import SECOND
from protocol.plan import StorePlan
from store_server.db.session import reading, writing
from store_server.db.tables import Account
from store_server.web.console.accounts.accounts import (
    ROLES,
    AccountFault,
    Person,
    add_account,
    remove_account,
)
from store_server.web.console.accounts.gate import HOME, SESSION_COOKIE, SIGN_IN, need
from store_server.web.console.accounts.sessions import SESSION_MS, sign_in, sign_out, welcome
from store_server.web.console.desk import Desk
from store_server.web.console.pages_frame import pairs_of, read_body, read_form, safe_return
from store_server.web.console.words import ROLE_WORDS, marked, named

_FAULTS = (
    marked("A name of up to 60 characters, please."),
    marked("At least 10 characters, please: a short sentence is easy to remember."),
    marked("There is an account of this name already."),
    marked("A role out of the list, please."),
    marked("The first account is an owner's."),
    marked("The last owner stays."),
    marked("An owner has every store."),
    marked("There is no such store."),
    marked("There is no account of this name."),
    marked("This is not your password."),
    marked("Too many tries. Wait a quarter of an hour, or ask the owner."),
    marked("Name and password do not fit together."),
    marked("This link has been used, or is no longer the newest."),
)
"""What accounts.AccountFault says, for the catalogue."""


LARGEST_CARRIED = 2 * 1024 * 1024
"""Bytes of a form inside the sign-in form: every percent sign of it is written as three characters."""
MOST_CARRIED = 10_000


async def sign_in_first(desk: Desk, request: Request) -> Response:
    """Ask who it is, and carry what the form had in it past the sign-in."""
    carried = await read_body(request, LARGEST_CARRIED)
    faults = _said(desk, request)
    return desk.page(
        request, "sign_in.html", status=401, back=request.url.path, name="", carried=carried, faults=faults
    )


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the pages of accounts."""
    _add_session(router, desk)
    _add_welcome(router, desk)
    _add_list(router, desk)


def _add_session(router: APIRouter, desk: Desk) -> None:
    @router.get("/sign-in")
    def sign_in_page(request: Request, back: str = HOME) -> Response:
        return desk.page(
            request, "sign_in.html", back=safe_return(back), name="", faults=_said(desk, request)
        )

    @router.post("/sign-in")
    async def signed_in(request: Request) -> Response:
        form = await read_form(request, LARGEST_CARRIED)
        carried = form.get("carried", "")
        name, back = form.get("name", "").strip(), safe_return(form.get("back", HOME))
        given = (name, form.get("password", ""), desk.clock.now(), desk.new_secret, _agent(request))
        try:
            token = await run_in_threadpool(sign_in, desk.engine, *given)
        except AccountFault as fault:
            faults = _said(desk, request, fault)
            kept = {"back": back, "name": name, "carried": carried}
            return desk.page(request, "sign_in.html", status=422, faults=faults, **kept)
        if carried:
            pairs = pairs_of(carried, MOST_CARRIED)
            again = desk.page(request, "sign_in_again.html", back=back, pairs=pairs)
            return _with_session(request, again, token)
        return _with_session(request, RedirectResponse(back, status_code=303), token)

    @router.post("/sign-out")
    def signed_out(request: Request) -> Response:
        sign_out(desk.engine, request.cookies.get(SESSION_COOKIE))
        answer = RedirectResponse(SIGN_IN, status_code=303)
        answer.delete_cookie(SESSION_COOKIE, path=HOME)
        return answer


def _add_welcome(router: APIRouter, desk: Desk) -> None:
    @router.get("/welcome")
    def welcome_page(request: Request, code: str = "") -> Response:
        return desk.page(request, "welcome.html", code=code[:200], name="", faults=_said(desk, request))

    @router.post("/welcome")
    async def welcomed(request: Request) -> Response:
        form = await read_form(request)
        code, name = form.get("code", ""), form.get("name", "").strip()
        given = (code, name, form.get("password", ""), desk.clock.now(), desk.new_secret, _agent(request))
        try:
            token = await run_in_threadpool(welcome, desk.engine, *given)
        except AccountFault as fault:
            faults = _said(desk, request, fault)
            return desk.page(request, "welcome.html", status=422, code=code, name=name, faults=faults)
        return _with_session(request, RedirectResponse(HOME, status_code=303), token)


def _add_list(router: APIRouter, desk: Desk) -> None:
    @router.get("/accounts")
    def accounts(request: Request) -> Response:
        need(request, "accounts")
        return _list(desk, request)

    @router.post("/accounts")
    async def change(request: Request) -> Response:
        by = need(request, "accounts")
        form = await read_form(request)
        name, role = form.get("name", "").strip(), form.get("role", "")
        try:
            await run_in_threadpool(_change, desk, form, name, role, by)
        except AccountFault as fault:
            return _list(desk, request, {**form, "name": name}, fault)
        return RedirectResponse(f"{HOME}/accounts", status_code=303)


def _change(desk: Desk, form: Mapping[str, str], name: str, role: str, by: Person) -> None:
    with writing(desk.engine) as session:
        if form.get("do") == "remove":
            remove_account(session, name, by.name, desk.clock.now())
        else:
            stores = form.get("stores", "").replace(",", " ").split()
            add_account(session, name, form.get("password", ""), role, desk.clock.now(), stores, by.name)


def _said(desk: Desk, request: Request, fault: AccountFault | None = None) -> dict[str, str]:
    """Return what is wrong with each field, in the reader's language."""
    faults = dict.fromkeys(("name", "password", "code", "role", "stores"), "")
    if fault is not None:
        faults[fault.field] = desk.language(request).gettext(fault.why)
    return faults


def _list(
    desk: Desk, request: Request, typed: Mapping[str, str] | None = None, fault: AccountFault | None = None
) -> Response:
    typed = typed or {}
    language = desk.language(request)
    with reading(desk.engine) as session:
        kept = session.exec(select(Account).order_by(Account.name)).all()
        plans = desk.plans(session)
    listed = [
        (
            one.name,
            named(language, ROLE_WORDS, one.role),
            [_store_name(plans, key) for key in one.stores or ()],
        )
        for one in kept
    ]
    return desk.page(
        request,
        "accounts.html",
        status=422 if fault else 200,
        accounts=listed,
        roles=[(one, named(language, ROLE_WORDS, one)) for one in ROLES],
        name=typed.get("name", ""),
        role=typed.get("role") or ("manager" if listed else "owner"),
        stores=typed.get("stores", ""),
        faults=_said(desk, request, fault),
    )


def _store_name(plans: Mapping[str, StorePlan], store: str) -> str:
    return plans[store].name if store in plans else store


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")


def _with_session(request: Request, answer: Response, token: str) -> Response:
    answer.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=SESSION_MS // SECOND,
        path=HOME,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return answer
