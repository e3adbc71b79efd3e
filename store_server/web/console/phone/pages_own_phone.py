"""Routes of one's own phone: a code with its QR, what has become of it, removing the phone, how a test message stands."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from store_server.db.session import reading, writing
from store_server.db.tables import OwnPhone
from store_server.delivery.own_phones import CODE_GROUPS, hand_out_code, open_code, remove_phone
from store_server.ids import new_code
from store_server.settings import LOOPBACK
from store_server.web.console.accounts.accounts import Person
from store_server.web.console.accounts.gate import HOME, need
from store_server.web.console.accounts.pages_account import ACCOUNT, agent_words, signed_in
from store_server.web.console.desk import SAFE_HEADERS, Desk
from store_server.web.console.editor.trial import latest_fate
from store_server.web.console.pages_frame import read_form
from store_server.web.console.times import StoreTime, duration_words
from store_server.web.design.qr import qr_code

OWN_PHONE = f"{ACCOUNT}/phone"


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the account's side of pairing, and how a test message stands."""

    @router.get("/account/phone")
    def phone(request: Request) -> Response:
        return _page(desk, request, _manager(request))

    @router.post("/account/phone")
    async def changed(request: Request) -> Response:
        who, form = _manager(request), await read_form(request)
        if form.get("do") == "remove":
            await run_in_threadpool(_remove, desk, who)
            return RedirectResponse(ACCOUNT, status_code=303)
        return await run_in_threadpool(_way_in, desk, request, who)

    @router.get("/account/phone/progress")
    def progress(request: Request) -> Response:
        return _part(desk, request, "parts/own_phone.html", _standing(desk, request, _manager(request)))

    @router.get("/account/phone/trial")
    def trial(request: Request, of: str) -> Response:
        who, language = _manager(request), desk.language(request)
        with reading(desk.engine) as session:
            found = latest_fate(desk, session, who, of, language)
        return _part(desk, request, "parts/fate.html", {"fate": found})


def _way_in(desk: Desk, request: Request, who: Person) -> Response:
    """Show a fresh code, once; whoever asks again gets another."""
    code = new_code(CODE_GROUPS)
    with writing(desk.engine) as session:
        hand_out_code(session, who.name, code, desk.clock.now())
    address = f"{desk.server_url(request)}{HOME}/phone/"
    return _page(desk, request, who, code=code, address=address, qr=qr_code(f"{address}#{code}"))


def _page(desk: Desk, request: Request, who: Person, code: str | None = None, **way: Any) -> Response:
    server = desk.server_url(request)
    is_local = any(f"//{name}" in server for name in LOOPBACK)
    return desk.page(
        request,
        "own_phone.html",
        section="account",
        code=code,
        **way,
        local=is_local,
        plain=not is_local and not server.startswith("https://"),
        **_standing(desk, request, who),
    )


def _standing(desk: Desk, request: Request, who: Person) -> dict[str, Any]:
    """Return how far the account's phone is: paired, or waited for."""
    language, now = desk.language(request), desk.clock.now()
    with reading(desk.engine) as session:
        until = open_code(session, who.name, now)
        kept = session.get(OwnPhone, who.name)
        plan = next(iter(desk.plans(session).values()), None)
    times = desk.times(plan, language) if plan else StoreTime("UTC", language, now)
    return {
        "code_left": None if until is None else duration_words(language, until - now),
        "phone": None if kept is None else (agent_words(kept.agent), times.zoned(kept.paired_at)),
    }


def _part(desk: Desk, request: Request, template: str, context: dict[str, Any]) -> Response:
    html = desk.render(template, desk.language(request), home=HOME, **context)
    return HTMLResponse(html, headers=SAFE_HEADERS)


def _remove(desk: Desk, who: Person) -> None:
    with writing(desk.engine) as session:
        remove_phone(session, who.name, who.name, desk.clock.now())


def _manager(request: Request) -> Person:
    """Return who asks. Raises HTTPException 403, or 404 where there are no accounts."""
    need(request, "campaigns")
    return signed_in(request)
