"""Routes of "who would have got it last week": of a campaign as it stands, and of a document not yet saved."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from campaigns.document import Campaign, read_campaign
from campaigns.snapshot import Snapshot
from protocol.errors import BadInput
from store_server.applying import read_file, running_campaign
from store_server.db.scope import visible_stores
from store_server.db.session import reading
from store_server.reach.count import Reach
from store_server.web.console.accounts.gate import HOME, need
from store_server.web.console.campaigns.counting import Count
from store_server.web.console.campaigns.pages_changes import LARGEST_DOCUMENT, Trial
from store_server.web.console.campaigns.places import campaign_times
from store_server.web.console.decisions.feed import outcome_counts, reason_counts
from store_server.web.console.desk import Desk
from store_server.web.console.pages_frame import read_form

AGAIN_S = 2
"""How often the page asks whether it is done; a header, so it needs no script."""


@dataclass(frozen=True, slots=True)
class DisplacedRow:
    """Another campaign and what this one takes from it, or leaves it."""

    id: str
    name: str
    sent_without: int
    sent_with: int
    inbox_without: int
    inbox_with: int

    @property
    def difference(self) -> int:
        return self.sent_with - self.sent_without


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the pages that play the week again."""

    @router.get("/campaigns/{campaign}/last-week")
    def of_campaign(request: Request, campaign: str) -> Response:
        with reading(desk.engine) as session:
            kept = running_campaign(session, campaign)
            if kept is None or campaign not in desk.campaigns(session):
                raise HTTPException(404, campaign)
            key, started = _begin(desk, session, kept.text)
        return _page(desk, request, key, started, f"{HOME}/campaigns/{campaign}")

    @router.post("/last-week")
    async def of_document(request: Request) -> Response:
        need(request, "campaigns")
        form = await read_form(request, LARGEST_DOCUMENT)
        text = read_file("campaign.yaml", form.get("text", "").replace("\r\n", "\n")).text

        try:
            return await run_in_threadpool(count_text, desk, text)
        except BadInput as fault:
            trial = Trial(problems=fault.problems)
            return desk.page(request, "import.html", status=422, text=text, trial=trial, section="campaigns")

    @router.get("/last-week/{key}")
    def of_key(request: Request, key: str) -> Response:
        return _page(desk, request, key, None, f"{HOME}/campaigns")


def count_text(desk: Desk, text: str) -> Response:
    """Begin to count a document that is not saved, and lead to where its result will be. Raises BadInput."""
    with reading(desk.engine) as session:
        key, started = _begin(desk, session, text)
    address = f"{HOME}/last-week/{key}"
    return RedirectResponse(address, status_code=303, background=_background(desk, started))


def _begin(desk: Desk, session: Session, text: str) -> tuple[str, Count | None]:
    """Return a document's key, and its count where it is to be started now. Raises BadInput."""
    key = desk.counting.key(session, text)
    if desk.counting.is_fresh(key, desk.clock.now()):
        return key, None  # the page asks again every second or two, and judging a chain's campaigns takes one
    one = read_campaign(text, "campaign.yaml")
    plans = list(desk.plans(session).values())
    others = [other.campaign for name, other in desk.campaigns(session).items() if name != one.id]
    Snapshot.build(plans, [*others, one])
    count = Count(text, plans, others, desk.clock.now())
    return key, count if desk.counting.begin(key, count) else None


def _background(desk: Desk, started: Count | None) -> BackgroundTask | None:
    return None if started is None else BackgroundTask(desk.counting.run, started, visible_stores())


def _page(desk: Desk, request: Request, key: str, started: Count | None, back: str) -> Response:
    count = desk.counting.look(key)
    if count is None and not back.startswith(f"{HOME}/campaigns/"):
        raise HTTPException(404, "counted elsewhere, or forgotten: ask again")
    language = desk.language(request)
    with reading(desk.engine) as session:
        plans, names = desk.plans(session), desk.campaigns(session)
    one = read_campaign(count.text, "campaign.yaml") if count else None
    times = campaign_times(one, plans, language, desk.clock.now()) if one else None
    found = count.found if count else None
    shown: dict[str, Any] = {}
    if found is not None and times is not None:
        counted = [(outcome, reason, number) for (outcome, reason), number in found.counts.items()]
        shown = {
            "since": times.zoned(found.since),
            "until": times.zoned(found.until),
            "counts": [
                figure
                for figure in outcome_counts(counted, {}, times)
                if figure.outcome not in ("cancelled", "expired")
            ],
            "reasons": reason_counts(counted, times),
            "displaced": _displaced(found, {name: other.campaign for name, other in names.items()}),
        }
    page = desk.page(
        request,
        "last_week.html",
        section="campaigns",
        name=one.name if one else "",
        back=back,
        found=found,
        failed=count is not None and count.failed,
        part_pct=round(100 * count.part) if count else 0,
        **shown,
    )
    if count is None or not count.ended:
        page.headers["Refresh"] = str(AGAIN_S)
    page.background = _background(desk, started)
    return page


def _displaced(found: Reach, campaigns: dict[str, Campaign]) -> list[DisplacedRow]:
    return [
        DisplacedRow(
            one.campaign,
            campaigns[one.campaign].name if one.campaign in campaigns else one.campaign,
            one.sent_without,
            one.sent_with,
            one.inbox_without,
            one.inbox_with,
        )
        for one in found.displaced
    ]
