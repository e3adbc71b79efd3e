"""Routes of the editor: a running campaign opened as a form, judged as one types, and saved as its next revision."""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from campaigns.document import read_campaign
from campaigns.layout import LAYOUT
from protocol.document import read_document
from protocol.errors import BadInput
from protocol.writing import written
from store_server.db.session import reading, writing
from store_server.web.console.accounts.accounts import Person
from store_server.web.console.accounts.gate import HOME, need, person_of
from store_server.web.console.campaigns.differences import changed_parts
from store_server.web.console.campaigns.pages_last_week import count_text
from store_server.web.console.campaigns.places import campaign_times, zone_names
from store_server.web.console.desk import Desk
from store_server.web.console.editor import saving, view
from store_server.web.console.editor.checking import FORM, judge
from store_server.web.console.editor.drafts import LET_GO, chosen, shelf_of
from store_server.web.console.editor.form import Built, applied, opened, reshaped
from store_server.web.console.editor.page import Frame, Sending, editor_page, keep_form
from store_server.web.console.editor.reading import Sent, read_sent, surroundings
from store_server.web.console.editor.saving import Based, Overtaken
from store_server.web.console.editor.trial import TRIAL


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the form of a campaign that is there."""

    @router.get("/campaigns/{campaign}/edit")
    def edit(request: Request, campaign: str) -> Response:
        need(request, "campaigns")
        base = _based_on(desk, campaign)
        own = person_of(request).stores
        if own is not None and not read_campaign(base.text, campaign).runs_within(own):
            raise HTTPException(403, "a campaign of other stores too")
        sending, _ = _sending(desk, request, base, Sent(opened(_value(base)), "show"))
        return _page(desk, request, base, sending)

    @router.post("/campaigns/{campaign}/edit")
    async def edited(request: Request, campaign: str) -> Response:
        by = need(request, "campaigns")
        sent = await read_sent(request)
        answer = await run_in_threadpool(_answer, desk, request, campaign, sent, by)
        if sent.do.startswith(TRIAL):
            desk.messages.tell()
        return answer


def _answer(desk: Desk, request: Request, campaign: str, sent: Sent, by: Person) -> Response:
    shelf = shelf_of(desk, request, campaign)
    if sent.do == LET_GO:
        shelf.clear()
        return RedirectResponse(f"{HOME}/campaigns/{campaign}/edit", status_code=303)
    sent = chosen(shelf, sent)
    revision = sent.form.pop("revision", "")
    if not (revision.isascii() and revision.isdecimal() and len(revision) < 10):
        raise HTTPException(422, "revision")
    base = _based_on(desk, campaign, int(revision))
    if sent.do == "merge":
        return _merged(desk, request, base, sent)
    sending, built = _sending(desk, request, base, replace(sent, form=reshaped(sent.form, sent.do)))
    if sent.do.startswith(TRIAL):
        sending = sending.tried_out(desk, request, base.campaign)
    if sent.do not in ("save", "last-week"):
        return _page(desk, request, base, sending)
    if sending.judged.campaign is None:
        return _page(desk, request, base, sending, 422)
    if sent.do == "last-week":
        keep_form(desk, request, sending, campaign, _carried(base))
        try:
            return count_text(desk, written(built.value, LAYOUT))
        except BadInput as fault:
            return _page(desk, request, base, sending.refused_for(fault), 422)
    return _saved(desk, request, base, sending, built, by)


def _saved(desk: Desk, request: Request, base: Based, sending: Sending, built: Built, by: Person) -> Response:
    """Save, or answer with what keeps it from being saved; what was typed stays."""
    try:
        with writing(desk.engine) as session:
            saving.save(session, base, built.value, by.name, desk.clock.now(), review=desk.review)
    except Overtaken:
        told = sending.with_notes(**_overtaken(desk, base, sending))
        return _page(desk, request, base, told, 409)
    except BadInput as fault:
        return _page(desk, request, base, sending.refused_for(fault), 422)
    shelf_of(desk, request, base.campaign).clear()
    return RedirectResponse(f"{HOME}/campaigns/{base.campaign}", status_code=303)


def _sending(desk: Desk, request: Request, base: Based, sent: Sent) -> tuple[Sending, Built]:
    language, among, value = desk.language(request), surroundings(desk), _value(base)
    built = applied(value, value, sent.form)
    return Sending(among, language, sent, judge(built, among, language)), built


def _merged(desk: Desk, request: Request, base: Based, sent: Sent) -> Response:
    """Show the form with what was changed in it put onto the revision that runs now."""
    newer = _based_on(desk, base.campaign)
    built = applied(_value(newer), _value(base), sent.form)
    sending, _ = _sending(desk, request, newer, replace(sent, form=opened(built.value)))
    return _page(desk, request, newer, sending.with_notes(merged=newer.revision))


def _overtaken(desk: Desk, base: Based, sending: Sending) -> dict[str, Any]:
    """Return who changed what since, and how the form differs from it."""
    language, plans = sending.language, sending.among.plans
    newer = _based_on(desk, base.campaign)
    before, now = (read_campaign(one.text, FORM) for one in (base, newer))
    times, names = campaign_times(now, plans, language, desk.clock.now()), zone_names(now, plans)
    mine = sending.judged.campaign
    return {
        "newer": newer,
        "newer_at": times.zoned(newer.at),
        "theirs": changed_parts(before, now, language, names),
        "differing": changed_parts(now, mine, language, names) if mine else [],
    }


def _page(desk: Desk, request: Request, base: Based, sending: Sending, status: int = 200) -> Response:
    running = sending.among.campaigns.get(base.campaign)
    on = sending.sent.form.get("trigger.on", "")
    address = f"{HOME}/campaigns/{base.campaign}"
    frame = Frame(
        title=running.name if running else base.campaign,
        address=f"{address}/edit",
        back=address,
        carried=_carried(base),
        sentence=view.SENTENCES.get(on, view.SENTENCES["arrive"]),
        state=running.status if running else "draft",
        campaign=base.campaign,
    )
    return editor_page(desk, request, sending, frame, status)


def _carried(base: Based) -> dict[str, str]:
    return {"revision": str(base.revision)}


def _based_on(desk: Desk, campaign: str, revision: int | None = None) -> Based:
    """Return a revision, the running one where none is named. Raises HTTPException 404."""
    with reading(desk.engine) as session:
        base = saving.based_on(session, campaign, revision)
    if base is None:
        raise HTTPException(404, campaign)
    return base


def _value(base: Based) -> dict[str, Any]:
    value: dict[str, Any] = read_document(base.text, base.campaign).value
    return value
