"""The editor's half-filled forms: kept with every judgement of what is typed, offered on return, gone once saved.

They lie in the database: any server process takes one up, and a restart between two letters loses none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fastapi import Request
from sqlmodel import col, select

from protocol.instants import Instant
from store_server.db.session import reading, writing
from store_server.db.tables import FormDraft
from store_server.web.console.accounts.gate import person_of
from store_server.web.console.desk import Desk
from store_server.web.console.editor.reading import Sent
from store_server.web.console.times import Moment, StoreTime

TAKE_UP, DISCARD, LET_GO = "take-up", "discard", "let-go"
"""What becomes of an older form; letting go is of the one before one's eyes, for what runs now."""
NEW_OF = "new:"
"""Before a moment's name; no campaign's id has a colon."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The place of one person's half-filled form of one campaign, or of a new one of one moment."""

    desk: Desk
    account: str
    subject: str

    def look(self) -> FormDraft | None:
        """Return what lies there."""
        with reading(self.desk.engine) as session:
            draft = session.get(FormDraft, (self.account, self.subject))
            session.expunge_all()
        return draft

    def put(self, fields: Mapping[str, str]) -> Instant:
        """Keep a form instead of what lies there; return since when these very fields are kept."""
        known, now = self.look(), self.desk.clock.now()
        if known is not None and known.fields == fields:
            return known.changed_at
        with writing(self.desk.engine) as session:
            session.merge(
                FormDraft(account=self.account, subject=self.subject, fields=dict(fields), changed_at=now)
            )
        return now

    def clear(self) -> None:
        """Forget what lies there."""
        if self.look() is None:
            return
        with writing(self.desk.engine) as session:
            if (draft := session.get(FormDraft, (self.account, self.subject))) is not None:
                session.delete(draft)


def shelf_of(desk: Desk, request: Request, subject: str) -> Shelf:
    """Return the asking person's own place."""
    return Shelf(desk, _account(request), subject)


def chosen(shelf: Shelf, sent: Sent) -> Sent:
    """Return the form to go on with, after its person chose what becomes of the older one."""
    if sent.do == DISCARD:
        shelf.clear()
        return replace(sent, waits=False)
    draft = shelf.look() if sent.do == TAKE_UP else None
    return sent if draft is None else Sent(dict(draft.fields), "show")


def kept_moments(desk: Desk, request: Request) -> dict[str, Moment]:
    """Return since when the person's new campaigns lie half-filled, by moment."""
    mine = select(FormDraft.subject, FormDraft.changed_at).where(
        FormDraft.account == _account(request), col(FormDraft.subject).startswith(NEW_OF, autoescape=True)
    )
    with reading(desk.engine) as session:
        found = session.exec(mine).all()
    return {subject.removeprefix(NEW_OF): moment_of(desk, request, at) for subject, at in found}


def moment_of(desk: Desk, request: Request, at: Instant) -> Moment:
    """Return an instant as the person's first store has it."""
    language = desk.language(request)
    with reading(desk.engine) as session:
        plan = next(iter(desk.plans(session).values()), None)
    times = desk.times(plan, language) if plan else StoreTime("UTC", language, desk.clock.now())
    return times.zoned(at)


def _account(request: Request) -> str:
    person = person_of(request)
    return person.name if person.signed_in else ""
