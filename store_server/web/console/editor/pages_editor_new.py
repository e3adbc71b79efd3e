"""Routes of new campaigns: the gallery of moments, and the form of one, saved as a draft (campaigns/moments)."""

from dataclasses import replace

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from campaigns.lint.finding import ERROR
from protocol.errors import BadInput
from store_server.db.session import writing
from store_server.web.console.accounts.accounts import Person
from store_server.web.console.accounts.gate import HOME, need
from store_server.web.console.desk import Desk
from store_server.web.console.editor import saving
from store_server.web.console.editor.checking import Fault, Judged
from store_server.web.console.editor.drafts import NEW_OF, chosen, kept_moments, shelf_of
from store_server.web.console.editor.form import reshaped
from store_server.web.console.editor.moments import OFFERS, PREFIX, QUEST
from store_server.web.console.editor.new import REWARD, SEED, STAMP, Draft, draft, opened_moment, quest
from store_server.web.console.editor.page import Frame, Sending, editor_page
from store_server.web.console.editor.reading import Sent, read_sent, surroundings
from store_server.web.console.editor.saving import IdTaken
from store_server.web.console.editor.trial import TRIAL
from store_server.web.console.words import marked

TAKEN = marked("There is a campaign of this name already.")
_WORDS = ((STAMP, marked("Words of a stamp")), (REWARD, marked("Words of the reward")))


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the gallery and the form; their name comes before a campaign's."""

    @router.get("/campaigns/new")
    def new(request: Request, moment: str = "") -> Response:
        need(request, "campaigns")
        if moment == "":
            say = desk.language(request).gettext
            offers = [(key, say(one.title), say(one.about), one.icon) for key, one in OFFERS.items()]
            return desk.page(
                request,
                "editor_moments.html",
                section="campaigns",
                offers=offers,
                kept=kept_moments(desk, request),
            )
        form = opened_moment(_known(moment), surroundings(desk), desk.language(request))
        return _answer(desk, request, Sent({**form, PREFIX: moment}, "open"))

    @router.post("/campaigns/new")
    async def made(request: Request) -> Response:
        by = need(request, "campaigns")
        sent = await read_sent(request)
        answer = await run_in_threadpool(_answer, desk, request, sent, by)
        if sent.do.startswith(TRIAL):
            desk.messages.tell()
        return answer


def _answer(desk: Desk, request: Request, sent: Sent, by: Person | None = None) -> Response:
    moment = _known(sent.form.pop(PREFIX, ""))
    shelf = shelf_of(desk, request, f"{NEW_OF}{moment}")
    sent = chosen(shelf, sent)
    sent.form.pop(PREFIX, None)
    sending, made = _sending(desk, request, moment, sent)
    if sent.do.startswith(TRIAL):
        sending = sending.tried_out(desk, request, f"{NEW_OF}{moment}")
    if sent.do != "save" or by is None:
        return _page(desk, request, moment, sending)
    if made.judged.campaign is None:
        return _page(desk, request, moment, sending, 422)
    try:
        with writing(desk.engine) as session:
            tries = 1 if made.is_named else saving.MOST_TRIES
            make = (lambda n: _quest_of(sending, n)) if moment == QUEST else made.documents
            names = saving.save_new(session, make, by.name, desk.clock.now(), tries=tries)
    except IdTaken:
        fault = Fault("id", ERROR, sending.language.gettext(TAKEN))
        return _page(desk, request, moment, sending.refused(fault), 422)
    except BadInput as refused:
        return _page(desk, request, moment, sending.refused_for(refused), 422)
    shelf.clear()
    return RedirectResponse(
        f"{HOME}/campaigns" + (f"/{names[0]}" if moment != QUEST else ""), status_code=303
    )


def _sending(desk: Desk, request: Request, moment: str, sent: Sent) -> tuple[Sending, Draft]:
    language, among = desk.language(request), surroundings(desk)
    form = reshaped(sent.form, sent.do)
    made = quest(form, among, language) if moment == QUEST else draft(moment, form, among, language)
    if sent.do == "open":
        made = replace(
            made, judged=Judged(made.judged.campaign, ())
        )  # nobody is told off before a word is typed
    return Sending(among, language, replace(sent, form=made.form), made.judged), made


def _quest_of(sending: Sending, attempt: int) -> list[dict[str, object]]:
    made = quest(sending.sent.form, sending.among, sending.language, attempt)
    return [built.value for built in made.builts]


def _page(desk: Desk, request: Request, moment: str, sending: Sending, status: int = 200) -> Response:
    say, offer = sending.language.gettext, OFFERS[moment]
    words = tuple((prefix, say(name)) for prefix, name in _WORDS) if moment == QUEST else None
    frame = Frame(
        title=say(offer.title),
        address=f"{HOME}/campaigns/new",
        back=f"{HOME}/campaigns/new",
        carried={PREFIX: moment, SEED: sending.sent.form.get(SEED, "")},
        sentence=offer.asks,
        state="draft",
        moment=moment,
        words=words,
    )
    return editor_page(desk, request, sending, frame, status)


def _known(moment: str) -> str:
    if moment not in OFFERS:
        raise HTTPException(404, f"moment {moment}")
    return moment
