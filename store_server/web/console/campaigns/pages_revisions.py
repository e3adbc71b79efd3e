"""Routes of a campaign's history: every revision with who and when, two of them compared, an older one restored."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from protocol.errors import BadInput
from store_server.applying import Kept
from store_server.db.session import reading, writing
from store_server.db.tables import CampaignRevision
from store_server.documents import RunningCampaign
from store_server.review import apply_or_ask
from store_server.status_line import with_status
from store_server.web.console.accounts.accounts import Person
from store_server.web.console.accounts.gate import HOME, need, person_of
from store_server.web.console.campaigns.differences import changed_lines, changed_parts
from store_server.web.console.campaigns.places import campaign_times, zone_names
from store_server.web.console.campaigns.revisions import as_campaign, has_older, newest_revisions, revision
from store_server.web.console.desk import Desk
from store_server.web.console.pages_frame import read_form
from store_server.web.console.times import StoreTime


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the history's pages."""

    @router.get("/campaigns/{campaign}/revisions")
    def revisions(request: Request, campaign: str, below: int | None = None) -> Response:
        with reading(desk.engine) as session:
            found = newest_revisions(session, campaign, below)
            if not found:
                raise HTTPException(404, campaign)
            older = has_older(session, campaign, found)
            running, times = _running(desk, session, request, campaign)
        rows = [(one, times.zoned(one.at)) for one in found]
        return desk.page(
            request,
            "revisions.html",
            campaign=campaign,
            name=running.campaign.name,
            revision=running.revision,
            rows=rows,
            older=found[-1].number if older else None,
            may=person_of(request).may("campaigns"),
            section="campaigns",
        )

    @router.get("/campaigns/{campaign}/compare")
    def compare(request: Request, campaign: str, a: int, b: int) -> Response:
        with reading(desk.engine) as session:
            before, after = (_kept(session, campaign, number) for number in sorted((a, b)))
            running, times = _running(desk, session, request, campaign)
            plans = desk.plans(session)
        language = times.language
        old, new = as_campaign(before), as_campaign(after)
        parts = changed_parts(old, new, language, zone_names(new, plans)) if old and new else None
        names = tuple(f"{campaign}, {one.revision}" for one in (before, after))
        return desk.page(
            request,
            "compare.html",
            campaign=campaign,
            name=running.campaign.name,
            sides=[(one.revision, times.zoned(one.applied_at), one.applied_by) for one in (before, after)],
            parts=parts,
            difference=changed_lines(before.text, after.text, (names[0], names[1])),
            section="campaigns",
        )

    @router.post("/campaigns/{campaign}/restore")
    async def restore(request: Request, campaign: str) -> Response:
        by = need(request, "campaigns")
        form = await read_form(request)
        numbers = [form.get(name, "") for name in ("restore", "revision")]
        if not all(one.isascii() and one.isdigit() for one in numbers):
            raise HTTPException(422, "restore and revision")
        await run_in_threadpool(_restore, desk, campaign, int(numbers[0]), int(numbers[1]), by)
        return RedirectResponse(f"{HOME}/campaigns/{campaign}", status_code=303)


def _restore(desk: Desk, campaign: str, older: int, running: int, by: Person) -> None:
    """Apply an older text as a new revision; the state stays as it is, for nothing goes live by going back."""
    with writing(desk.engine) as session:
        row = _kept(session, campaign, older)
        now = desk.campaigns(session)[campaign]
        if now.revision != running:
            raise HTTPException(409, campaign)
        try:
            file = with_status(campaign, Kept(running, row.text), now.campaign.status)
            apply_or_ask(session, [file], by.name, desk.clock.now(), review=desk.review)
        except BadInput as fault:
            raise HTTPException(422, str(fault)) from fault


def _running(
    desk: Desk, session: Session, request: Request, campaign: str
) -> tuple[RunningCampaign, StoreTime]:
    """Return the campaign as it runs, and its stores' time."""
    running = desk.campaigns(session)[campaign]
    times = campaign_times(running.campaign, desk.plans(session), desk.language(request), desk.clock.now())
    return running, times


def _kept(session: Session, campaign: str, number: int) -> CampaignRevision:
    row = revision(session, campaign, number)
    if row is None:
        raise HTTPException(404, f"{campaign}, revision {number}")
    return row
