"""The editor's page, whether the campaign is there already or is being made: one sending of the form, shown again."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from campaigns.lint.finding import ERROR
from protocol.errors import BadInput
from store_server.web.console.desk import Desk
from store_server.web.console.editor import view
from store_server.web.console.editor.checking import Fault, Judged, Surroundings
from store_server.web.console.editor.drafts import DISCARD, NEW_OF, moment_of, shelf_of
from store_server.web.console.editor.preview import previews
from store_server.web.console.editor.reading import Sent
from store_server.web.console.editor.trial import shown_trial, try_out
from store_server.web.console.editor.words import problem_words
from store_server.web.design.language import Language


@dataclass(frozen=True)
class Sending:
    """A form as it was sent or first opened, and what there is to say about the document it makes."""

    among: Surroundings
    language: Language
    sent: Sent
    judged: Judged
    notes: Mapping[str, Any] = field(default_factory=dict)

    def with_notes(self, **notes: Any) -> "Sending":
        return replace(self, notes={**self.notes, **notes})

    def refused(self, *faults: Fault) -> "Sending":
        """Return the same with faults that showed only when it was to be saved."""
        return replace(self, judged=Judged(None, faults))

    def refused_for(self, fault: BadInput) -> "Sending":
        said = (Fault("", ERROR, problem_words(one, self.language)) for one in fault.problems)
        return self.refused(*said)

    def tried_out(self, desk: Desk, request: Request, subject: str) -> "Sending":
        """Return the same after the text whose button was pressed went to the sender's own phone, or why it did not."""
        refusal = try_out(desk, request, self.sent, subject, self.judged.errors)
        return self if refusal is None else self.with_notes(refused=refusal)


@dataclass(frozen=True)
class Frame:
    """What differs between a new campaign and one that is there."""

    title: str
    address: str
    back: str
    carried: Mapping[str, str]
    sentence: str
    state: str
    moment: str = ""
    campaign: str = ""
    """Its id, where it is there already."""
    words: tuple[tuple[str, str], ...] | None = None
    """Where words are asked for and what they are called, where they are not the campaign's own."""

    @property
    def subject(self) -> str:
        """Return what is being edited, as test messages name it: a campaign, or a new one by its moment."""
        return self.campaign or f"{NEW_OF}{self.moment}"


def keep_form(
    desk: Desk, request: Request, sending: Sending, subject: str, carried: Mapping[str, str]
) -> Sending:
    """Keep what was typed until it is saved, or offer what was kept before; where both are there, the person chooses."""
    shelf, sent = shelf_of(desk, request, subject), sending.sent
    if request.method == "GET" or sent.waits:
        draft = shelf.look()
        return sending.with_notes(offer=moment_of(desk, request, draft.changed_at)) if draft else sending
    if sent.do == DISCARD:
        return sending
    one = sending.judged.campaign
    if one is not None and sending.among.campaigns.get(one.id) == one:
        shelf.clear()
        return sending
    return sending.with_notes(kept=moment_of(desk, request, shelf.put({**sent.form, **carried})))


def editor_page(desk: Desk, request: Request, sending: Sending, frame: Frame, status: int = 200) -> Response:
    """Return the whole page: the form, the campaign in one sentence, the previews."""
    sending = keep_form(desk, request, sending, frame.subject, frame.carried)
    form, language, plans = sending.sent.form, sending.language, sending.among.plans
    do = sending.sent.do
    shown = view.context(
        form,
        sending.judged,
        previews(form, language, frame.words),
        view.places_of(plans),
        language,
        do.partition(":")[2],
    )
    return desk.page(
        request,
        "editor.html",
        status=status,
        section="campaigns",
        frame=frame,
        pieces=view.pieces(frame.sentence, language),
        notes=sending.notes,
        trial=shown_trial(desk, request, form, frame.subject),
        tried=do == "save",
        **view.in_one_sentence(sending.judged, plans, language),
        **shown,
    )
