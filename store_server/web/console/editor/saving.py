"""What the editor keeps: a campaign's next revision, or new campaigns; never over somebody else's change (SPEC 3).

SavingFault
├── Overtaken       another revision runs than the form was opened on
└── IdTaken         there is another campaign of this id
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from campaigns.layout import LAYOUT
from protocol.instants import Instant
from protocol.rewriting import rewritten
from protocol.writing import written
from store_server.applying import File, Kept, apply_campaigns, running_campaign, running_campaigns
from store_server.db.tables import CampaignReview, CampaignRevision
from store_server.review import apply_or_ask
from store_server.web.console.editor.checking import FORM

MOST_TRIES = 50
"""Names tried for a new campaign: hesitate-shoes, hesitate-shoes-2 and so on."""


class SavingFault(Exception):
    """Base of what keeps a form from being saved, and its sender can decide about."""


class Overtaken(SavingFault):
    """Carry nothing: the page reads what runs now."""


class IdTaken(SavingFault):
    """Say which id."""


@dataclass(frozen=True, slots=True)
class Based:
    """A revision as a form was opened on it."""

    campaign: str
    revision: int
    text: str
    by: str
    at: Instant


Make = Callable[[int], Sequence[dict[str, Any]]]
"""Makes the documents of new campaigns, at the nth try under other ids than before."""


def based_on(session: Session, campaign: str, revision: int | None = None) -> Based | None:
    """Return a revision of a campaign, the running one where none is named."""
    if revision is None:
        kept = running_campaign(session, campaign)
        if kept is None:
            return None
        revision = kept.revision
    row = session.get(CampaignRevision, (campaign, revision))
    return Based(campaign, row.revision, row.text, row.applied_by, row.applied_at) if row else None


def save(
    session: Session, base: Based, value: dict[str, Any], by: str, now: Instant, *, review: bool
) -> None:
    """Apply a form's document, or ask for its review; sent twice, it is kept once. Raises Overtaken, BadInput."""
    running = running_campaign(session, base.campaign)
    text = rewritten(base.text, value, base.campaign, LAYOUT)
    asked = session.get(CampaignReview, base.campaign)
    if running is None or text == running.text or (asked is not None and text == asked.text):
        return
    if running.revision != base.revision:
        raise Overtaken
    apply_or_ask(session, [File(FORM, text, base.revision)], by, now, review=review)


def save_new(session: Session, make: Make, by: str, now: Instant, *, tries: int = MOST_TRIES) -> list[str]:
    """Apply new campaigns under the first free ids and return these; sent twice, they are kept once.

    Raises IdTaken, BadInput.
    """
    running = running_campaigns(session)
    for attempt in range(1, tries + 1):
        texts = {str(one["id"]): written(one, LAYOUT) for one in make(attempt)}
        if all(_has(running, name, text) for name, text in texts.items()):
            return list(texts)
        if not running.keys() & texts.keys():
            apply_campaigns(session, [File(FORM, text, 0) for text in texts.values()], by, now)
            return list(texts)
    raise IdTaken(f"{tries} ids tried")


def _has(running: dict[str, Kept], name: str, text: str) -> bool:
    return name in running and running[name].text == text
