"""What goes live needs a second person, where the chain wants it so: ask, approve, withdraw (SPEC 3, status).

A text that has been live before needs no second look: who resumes or goes back to it is not kept waiting.

ReviewFault     the person who asked cannot approve, or what was to be approved is no longer what waits
"""

from collections.abc import Sequence

from sqlalchemy import and_
from sqlmodel import Session, func, select

from campaigns.document import read_campaign
from protocol.instants import Instant
from store_server.applying import (
    Applied,
    File,
    Kept,
    apply_campaigns,
    running_campaign,
    try_campaigns,
)
from store_server.db.tables import Audit, CampaignReview, CampaignRevision
from store_server.status_line import with_status


class ReviewFault(Exception):
    """Say why an approval was refused."""


def needs_review(session: Session, campaign: str, text: str) -> bool:
    """Say whether a text would bring something live that never was."""
    if read_campaign(text, campaign).status != "live":
        return False
    known = select(CampaignRevision.revision).where(
        CampaignRevision.campaign == campaign, CampaignRevision.text == text
    )
    return session.exec(known.limit(1)).first() is None


def waiting(session: Session, campaign: str) -> CampaignReview | None:
    """Return what waits for a second person; nothing that another revision has overtaken."""
    row = session.get(CampaignReview, campaign)
    running = running_campaign(session, campaign)
    return row if row and running and row.based_on == running.revision else None


def waiting_names(session: Session) -> set[str]:
    """Return the campaigns that wait for a second person."""
    running = (
        select(CampaignRevision.campaign, func.max(CampaignRevision.revision).label("revision"))
        .group_by(CampaignRevision.campaign)
        .subquery()
    )
    query = select(CampaignReview.campaign).join(
        running,
        and_(running.c.campaign == CampaignReview.campaign, running.c.revision == CampaignReview.based_on),
    )
    return set(session.exec(query))


def apply_or_ask(
    session: Session, files: Sequence[File], by: str, now: Instant, *, review: bool
) -> list[Applied]:
    """Apply campaigns, but with `review` ask for one where something would go live that never was.

    Raises BadInput, and then nothing is done.
    """
    if not review:
        return apply_campaigns(session, files, by, now)
    changes = {change.id: change for change in try_campaigns(session, files)}
    named = [(read_campaign(file.text, file.source).id, file) for file in files]
    asked = {name for name, file in named if name in changes and needs_review(session, name, file.text)}
    done = apply_campaigns(session, [file for name, file in named if name not in asked], by, now)
    for name, file in named:
        if name in asked:
            ask(session, name, file, by, now)
    return [*done, *(changes[name] for name, _ in named if name in asked)]


def ask(session: Session, campaign: str, file: File, by: str, now: Instant) -> None:
    """Keep a text that is to go live until a second person approves it. Raises BadInput.

    A campaign that does not run yet is kept as a draft, so that there is a page to review it on.
    """
    try_campaigns(session, [file])
    running = running_campaign(session, campaign)
    if running is None:
        apply_campaigns(session, [with_status(campaign, Kept(0, file.text), "draft")], by, now)
        running = Kept(1, file.text)
    session.merge(
        CampaignReview(
            campaign=campaign, text=file.text, based_on=running.revision, asked_by=by, asked_at=now
        )
    )
    _audit(session, by, "campaign.review.ask", campaign, now, running.revision)


def approve(session: Session, campaign: str, asked_at: Instant, by: str, now: Instant) -> None:
    """Let what was asked for at `asked_at` go live. Raises ReviewFault, BadInput."""
    row = waiting(session, campaign)
    if row is None or row.asked_at != asked_at:
        raise ReviewFault(f"{campaign}: expected what waits since {asked_at}, got another text or none")
    if row.asked_by == by:
        raise ReviewFault(f"{campaign}: expected a second person, got {by}, who asked")
    apply_campaigns(session, [File(campaign, row.text, row.based_on)], by, now)
    _audit(session, by, "campaign.review.approve", campaign, now, row.based_on + 1, row.asked_by)
    session.delete(row)


def withdraw(session: Session, campaign: str, by: str, now: Instant) -> None:
    """Let nothing of this campaign wait any more; doing it again changes nothing."""
    row = session.get(CampaignReview, campaign)
    if row is not None:
        _audit(session, by, "campaign.review.withdraw", campaign, now, row.based_on, row.asked_by)
        session.delete(row)


def _audit(
    session: Session,
    by: str,
    action: str,
    campaign: str,
    now: Instant,
    revision: int,
    asked: str | None = None,
) -> None:
    detail = {"revision": revision} | ({"asked_by": asked} if asked else {})
    session.add(Audit(at=now, actor=by, action=action, subject=campaign, detail=detail))
