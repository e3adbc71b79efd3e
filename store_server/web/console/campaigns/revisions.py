"""A campaign's kept revisions, as the history pages ask for them."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlmodel import Session, col, select

from campaigns.document import Campaign, read_campaign
from protocol.errors import BadInput
from protocol.instants import Instant
from store_server.db.tables import CampaignRevision
from store_server.web.console.campaigns.differences import line_counts

PAGE = 50
"""Revisions on one page: a campaign changed every day shows seven weeks."""


class RevisionLine(NamedTuple):
    """One revision in the list: who, when, and how many lines came and went."""

    number: int
    at: Instant
    by: str
    came: int
    went: int


def revision(session: Session, campaign: str, number: int) -> CampaignRevision | None:
    return session.get(CampaignRevision, (campaign, number))


def newest_revisions(session: Session, campaign: str, below: int | None = None) -> list[RevisionLine]:
    """Return a page of revisions, newest first, each against the one before it."""
    query = select(CampaignRevision).where(CampaignRevision.campaign == campaign)
    if below is not None:
        query = query.where(col(CampaignRevision.revision) < below)
    found = session.exec(query.order_by(col(CampaignRevision.revision).desc()).limit(PAGE + 1)).all()
    return _lines(found)[:PAGE]


def has_older(session: Session, campaign: str, lines: Sequence[RevisionLine]) -> bool:
    if not lines:
        return False
    older = select(CampaignRevision.revision).where(
        CampaignRevision.campaign == campaign, col(CampaignRevision.revision) < lines[-1].number
    )
    return session.exec(older.limit(1)).first() is not None


def as_campaign(row: CampaignRevision) -> Campaign | None:
    """Return the campaign as it stood; None where this version no longer reads it."""
    try:
        return read_campaign(row.text, f"{row.campaign}, revision {row.revision}")
    except BadInput:
        return None


def _lines(rows: Sequence[CampaignRevision]) -> list[RevisionLine]:
    lines = []
    for place, row in enumerate(rows):
        before = rows[place + 1].text if place + 1 < len(rows) else ""
        lines.append(
            RevisionLine(row.revision, row.applied_at, row.applied_by, *line_counts(before, row.text))
        )
    return lines
