"""Routes that change campaigns: pause in one tap, export, and import with the difference shown before it is applied."""

from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from campaigns.document import read_campaign
from protocol.errors import BadInput, Problem
from store_server.applying import (
    Applied,
    exported,
    read_file,
    running_campaign,
    running_campaigns,
    try_campaigns,
)
from store_server.db.session import reading, writing
from store_server.review import apply_or_ask
from store_server.status_line import with_status
from store_server.web.console.accounts.accounts import Person
from store_server.web.console.accounts.gate import HOME, need
from store_server.web.console.desk import Desk
from store_server.web.console.pages_frame import read_form

LARGEST_DOCUMENT = 256 * 1024
"""Bytes of a form with a campaign in it, percent signs and all; the largest real one is a few kB."""

TAPPED = ("live", "paused")
"""States that this tap may set; a draft is published (pages_review)."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of an import so far: problems, or what it would change."""

    problems: tuple[Problem, ...] = ()
    changes: tuple[Applied, ...] = ()


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add what changes campaigns; the import's name comes before a campaign's."""
    _add_import(router, desk)
    _add_tap(router, desk)

    @router.get("/campaigns/{campaign}/export")
    def export(campaign: str) -> Response:
        with reading(desk.engine) as session:
            kept = running_campaigns(session).get(campaign)
        if kept is None:
            raise HTTPException(404, campaign)
        name = f'attachment; filename="{campaign}.yaml"'
        return Response(exported(kept), media_type="application/yaml", headers={"Content-Disposition": name})


def _add_tap(router: APIRouter, desk: Desk) -> None:
    @router.post("/campaigns/{campaign}/status")
    async def tap(request: Request, campaign: str) -> Response:
        by = need(request, "campaigns")
        form = await read_form(request)
        wanted, revision = form.get("status", ""), form.get("revision", "")
        if wanted not in TAPPED or not (revision.isascii() and revision.isdigit()):
            raise HTTPException(422, "status and revision")
        try:
            done = await run_in_threadpool(_set_status, desk, campaign, wanted, int(revision), by)
        except BadInput as fault:
            raise HTTPException(422, str(fault)) from fault
        if not done:
            raise HTTPException(409, campaign)
        return RedirectResponse(f"{HOME}/campaigns/{campaign}", status_code=303)


def _add_import(router: APIRouter, desk: Desk) -> None:
    @router.get("/campaigns/import")
    def import_page(request: Request, campaign: str | None = None) -> Response:
        need(request, "campaigns")
        text = ""
        if campaign is not None:
            with reading(desk.engine) as session:
                known = campaign in desk.campaigns(session)
                kept = running_campaigns(session).get(campaign) if known else None
            text = exported(kept) if kept else ""
        return desk.page(request, "import.html", text=text, trial=Trial(), section="campaigns")

    @router.post("/campaigns/import")
    async def imported(request: Request) -> Response:
        by = need(request, "campaigns")
        form = await read_form(request, LARGEST_DOCUMENT)
        text = form.get("text", "").replace("\r\n", "\n")
        trial = await run_in_threadpool(_try_or_apply, desk, text, by, keep=form.get("do") == "apply")
        if form.get("do") == "apply" and not trial.problems:
            names = [change.id for change in trial.changes]
            return RedirectResponse(f"{HOME}/campaigns" + (f"/{names[0]}" if names else ""), status_code=303)
        status = 422 if trial.problems else 200
        shown = {"text": text, "trial": trial, "unchanged": not trial.problems and not trial.changes}
        return desk.page(request, "import.html", status=status, section="campaigns", **shown)


def _set_status(desk: Desk, campaign: str, wanted: str, revision: int, by: Person) -> bool:
    """Apply the running document with another status; False where the page was not of the running revision."""
    with writing(desk.engine) as session:
        kept = running_campaign(session, campaign)
        if kept is None:
            raise HTTPException(404, campaign)
        before = read_campaign(kept.text, campaign).status
        if before == wanted:
            return True  # tapped twice
        if kept.revision != revision or before not in TAPPED:
            return False
        file = with_status(campaign, kept, wanted)
        apply_or_ask(session, [file], by.name, desk.clock.now(), review=desk.review)
    return True


def _try_or_apply(desk: Desk, text: str, by: Person, *, keep: bool) -> Trial:
    try:
        file = read_file("campaign.yaml", text)
        with reading(desk.engine) as session:
            # Tried first either way: what it reads is known when others wait for the lock.
            tried = tuple(try_campaigns(session, [file]))
        if not keep:
            return Trial(changes=tried)
        with writing(desk.engine) as session:
            changes = apply_or_ask(session, [file], by.name, desk.clock.now(), review=desk.review)
    except BadInput as fault:
        return Trial(problems=fault.problems)
    return Trial(changes=tuple(changes))
