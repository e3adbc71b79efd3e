"""Routes by which a campaign goes live: published in one tap, or asked for by one person and approved by another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from campaigns.document import Campaign, read_campaign
from protocol.errors import BadInput
from protocol.plan import StorePlan
from store_server.applying import Kept, apply_campaigns, running_campaign
from store_server.db.session import writing
from store_server.db.tables import CampaignReview
from store_server.review import ReviewFault, approve, ask, needs_review, waiting, withdraw
from store_server.status_line import with_status
from store_server.web.console.accounts.accounts import Person
from store_server.web.console.accounts.gate import HOME, need
from store_server.web.console.campaigns.differences import ChangedPart, changed_lines, changed_parts
from store_server.web.console.campaigns.places import zone_names
from store_server.web.console.desk import Desk
from store_server.web.console.pages_frame import read_form
from store_server.web.console.times import Moment, StoreTime

_Change: TypeAlias = Callable[[Desk, Session, str, Mapping[str, str], Person], None]


@dataclass(frozen=True, slots=True)
class Actions:
    """What this person may do to a campaign by one tap."""

    pause: bool = False
    resume: bool = False
    publish: bool = False
    ask: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a second person, and what it would change."""

    by: str
    at: Moment
    asked_at: int
    mine: bool
    parts: list[ChangedPart]
    difference: str


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add what brings a campaign to life."""

    @router.post("/campaigns/{campaign}/publish")
    async def publish(request: Request, campaign: str) -> Response:
        return await _change(desk, request, campaign, _publish)

    @router.post("/campaigns/{campaign}/review")
    async def review(request: Request, campaign: str) -> Response:
        return await _change(desk, request, campaign, _review)

    @router.post("/campaigns/{campaign}/approve")
    async def approved(request: Request, campaign: str) -> Response:
        return await _change(desk, request, campaign, _approve)


def actions_of(session: Session, desk: Desk, campaign: str, status: str, person: Person) -> Actions:
    """Return what one tap would do; nothing for who may not, or while it waits for a second person."""
    if not person.may("campaigns"):
        return Actions()
    if status == "live":
        return Actions(pause=True)
    kept = running_campaign(session, campaign)
    if kept is None or status == "ended" or waiting(session, campaign):
        return Actions()
    try:
        text = with_status(campaign, kept, "live").text
    except BadInput:
        return Actions()  # its status has no line of its own: by import, or in the editor
    if desk.review and needs_review(session, campaign, text):
        return Actions(ask=True)
    return Actions(publish=status == "draft", resume=status == "paused")


def waiting_of(
    session: Session, running: Campaign, plans: Mapping[str, StorePlan], times: StoreTime, person: Person
) -> Waiting | None:
    """Return what waits for approval, with its difference from what runs."""
    row, kept = waiting(session, running.id), running_campaign(session, running.id)
    if row is None or kept is None:
        return None
    wished = read_campaign(row.text, f"{running.id}, as asked for")
    return Waiting(
        by=row.asked_by,
        at=times.zoned(row.asked_at),
        asked_at=row.asked_at,
        mine=row.asked_by == person.name,
        parts=changed_parts(running, wished, times.language, zone_names(wished, plans)),
        difference=_difference(running.id, kept, row),
    )


def _difference(campaign: str, kept: Kept, row: CampaignReview) -> str:
    return changed_lines(kept.text, row.text, (f"{campaign}, {kept.revision}", campaign))


async def _change(desk: Desk, request: Request, campaign: str, change: _Change) -> Response:
    by = need(request, "campaigns")
    form = await read_form(request)

    def work() -> None:
        with writing(desk.engine) as session:
            change(desk, session, campaign, form, by)

    try:
        await run_in_threadpool(work)
    except ReviewFault as fault:
        raise HTTPException(409, str(fault)) from fault
    except BadInput as fault:
        raise HTTPException(422, str(fault)) from fault
    return RedirectResponse(f"{HOME}/campaigns/{campaign}", status_code=303)


def _publish(desk: Desk, session: Session, campaign: str, form: Mapping[str, str], by: Person) -> None:
    kept = running_campaign(session, campaign)
    if kept is not None and read_campaign(kept.text, campaign).status == "live":
        return  # tapped twice
    kept = _as_seen(session, campaign, form)
    file = with_status(campaign, kept, "live")
    if desk.review and needs_review(session, campaign, file.text):
        raise HTTPException(409, "a second person publishes")
    apply_campaigns(session, [file], by.name, desk.clock.now())


def _review(desk: Desk, session: Session, campaign: str, form: Mapping[str, str], by: Person) -> None:
    if form.get("do") == "withdraw":
        withdraw(session, campaign, by.name, desk.clock.now())
        return
    kept = _as_seen(session, campaign, form)
    if waiting(session, campaign) is None:
        ask(session, campaign, with_status(campaign, kept, "live"), by.name, desk.clock.now())


def _approve(desk: Desk, session: Session, campaign: str, form: Mapping[str, str], by: Person) -> None:
    approve(session, campaign, _number(form, "asked_at"), by.name, desk.clock.now())


def _as_seen(session: Session, campaign: str, form: Mapping[str, str]) -> Kept:
    """Return the running document, if the page that was sent showed it. Raises HTTPException."""
    kept = running_campaign(session, campaign)
    if kept is None:
        raise HTTPException(404, campaign)
    if kept.revision != _number(form, "revision"):
        raise HTTPException(409, campaign)
    return kept


def _number(form: Mapping[str, str], name: str) -> int:
    text = form.get(name, "")
    if not (text.isascii() and text.isdigit()):
        raise HTTPException(422, name)
    return int(text)
