"""Who passes to which page: sign-in where there are accounts, this machine alone where there are none; no foreign forms."""

from urllib.parse import quote, urlsplit

from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Engine

from protocol.instants import Instant
from store_server.db.session import reading
from store_server.settings import LOOPBACK
from store_server.web.console.accounts.accounts import HERE, Person, any_account
from store_server.web.console.accounts.sessions import who

HOME = "/console"
STORES = f"{HOME}/stores"
"""A store may be called like a page of ours, `fleet` or `why`: its pages lie a step deeper."""
SESSION_COOKIE = "aislecue_session"
SIGN_IN, WELCOME = f"{HOME}/sign-in", f"{HOME}/welcome"
PHONE = f"{HOME}/phone/"
"""A manager's phone is paired by a code and signed in nowhere."""
OPEN = (f"{HOME}/assets/", SIGN_IN, WELCOME, PHONE, f"{HOME}/preferences")


def admit(request: Request, engine: Engine, now: Instant) -> Person | Response | None:
    """Return who it is, where to go first, or None for a page open to all. Raises HTTPException 403."""
    _refuse_foreign_form(request)
    if request.url.path.startswith(OPEN):
        return None
    with reading(engine) as session:
        accounts = any_account(session)
    if not accounts:
        # A page of somewhere else could point a name of its own at this machine and read along.
        if request.url.hostname not in LOOPBACK:
            raise HTTPException(403, "loopback only")
        return HERE
    person = who(engine, request.cookies.get(SESSION_COOKIE), now)
    if person is not None:
        return person
    if request.method != "GET" or request.url.path.endswith("/live"):
        raise HTTPException(401, "session over")
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"{SIGN_IN}?back={quote(here, safe='')}", status_code=303)


def person_of(request: Request) -> Person:
    """Return who asks, as `admit` found out."""
    person: Person = request.state.person
    return person


def need(request: Request, change: str) -> Person:
    """Return who asks, if they may change this. Raises HTTPException 403."""
    person = person_of(request)
    if not person.may(change):
        raise HTTPException(403, change)
    return person


def _refuse_foreign_form(request: Request) -> None:
    """Take forms from our own pages only; browsers name a form's origin, and programs need no cookie of ours."""
    origin = request.headers.get("origin")
    if request.method == "POST" and origin is not None:
        own = request.headers.get("host", "")
        if urlsplit(origin).netloc != own:
            raise HTTPException(403, "a form of another site")
