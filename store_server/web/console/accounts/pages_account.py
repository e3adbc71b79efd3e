"""Routes of one's own account: where one is signed in, ending that, another password."""

import re

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from store_server.db.session import reading, writing
from store_server.db.tables import OwnPhone
from store_server.web.console.accounts.accounts import AccountFault, Person
from store_server.web.console.accounts.gate import HOME, SESSION_COOKIE, person_of
from store_server.web.console.accounts.sessions import (
    change_own_password,
    end_others,
    end_session,
    sessions_of,
)
from store_server.web.console.desk import Desk
from store_server.web.console.pages_frame import read_form
from store_server.web.console.times import StoreTime
from store_server.web.console.words import ROLE_WORDS, named

ACCOUNT = f"{HOME}/account"
_BROWSER = re.compile(r"(Edg|OPR|Firefox|Chrome|Safari)[A-Za-z]*/(\d+)")
_SYSTEM = re.compile(r"(Android|iPhone|iPad|Windows|Mac OS X|CrOS|Linux)")
_NAMES = {"Edg": "Edge", "OPR": "Opera", "Mac OS X": "macOS", "CrOS": "ChromeOS"}


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the page of one's own account and what its forms do."""

    @router.get("/account")
    def account(request: Request, changed: bool = False) -> Response:
        return _page(desk, request, signed_in(request), changed=changed)

    @router.post("/account/password")
    async def password(request: Request) -> Response:
        who, form = signed_in(request), await read_form(request)
        given = (who.name, form.get("old", ""), form.get("password", ""), _token(request), desk.clock.now())
        try:
            await run_in_threadpool(change_own_password, desk.engine, *given)
        except AccountFault as fault:
            return _page(desk, request, who, fault)
        return RedirectResponse(f"{ACCOUNT}?changed=1", status_code=303)

    @router.post("/account/sessions")
    async def end(request: Request) -> Response:
        who, form = signed_in(request), await read_form(request)
        await run_in_threadpool(_end, desk, who, form.get("end", ""), _token(request))
        return RedirectResponse(ACCOUNT, status_code=303)


def _end(desk: Desk, who: Person, which: str, token: str | None) -> None:
    with writing(desk.engine) as session:
        if which == "others":
            end_others(session, who.name, token)
        else:
            end_session(session, who.name, which)


def _page(
    desk: Desk, request: Request, who: Person, fault: AccountFault | None = None, *, changed: bool = False
) -> Response:
    language, now = desk.language(request), desk.clock.now()
    with reading(desk.engine) as session:
        found = sessions_of(session, who.name, _token(request), now)
        plans, phone = desk.plans(session), session.get(OwnPhone, who.name)
    plan = next(iter(plans.values()), None)
    times = desk.times(plan, language) if plan else StoreTime("UTC", language, now)
    faults = dict.fromkeys(("old", "password"), "")
    if fault is not None:
        faults[fault.field] = language.gettext(fault.why)
    return desk.page(
        request,
        "account.html",
        status=422 if fault else 200,
        role=named(language, ROLE_WORDS, who.role),
        only=[one.name for one in plans.values()] if who.stores is not None else [],
        sessions=[
            (one.id, agent_words(one.agent), times.zoned(one.opened_at), times.zoned(one.seen_at), one.here)
            for one in found
        ],
        phone=None if phone is None else (agent_words(phone.agent), times.zoned(phone.paired_at)),
        faults=faults,
        changed=changed,
    )


def agent_words(agent: str) -> str:
    """Name browser and system of a User-Agent as a person would; what is not known stays as it came."""
    browser, system = _BROWSER.search(agent), _SYSTEM.search(agent)
    if browser is None:
        return agent[:60] or "?"
    words = f"{_NAMES.get(browser[1], browser[1])} {browser[2]}"
    return f"{words}, {_NAMES.get(system[1], system[1])}" if system else words


def signed_in(request: Request) -> Person:
    """Return who asks. Raises HTTPException 404 where there are no accounts: this machine has none of its own."""
    who = person_of(request)
    if not who.signed_in:
        raise HTTPException(404, "no account")
    return who


def _token(request: Request) -> str | None:
    return request.cookies.get(SESSION_COOKIE)
