"""Campaigns that have sent nothing for hours though they often had occasion: nothing is broken, but somebody may want to know."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns.document import Campaign
from protocol.instants import HOUR, Instant
from store_server.db.tables import DecisionRow

MANY = 100
"""Triggers in those hours; less is a quiet day."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """A campaign, since when it has sent nothing, and how often it had occasion."""

    campaign: str
    since: Instant
    triggers: int


def unsent_campaigns(
    session: Session, campaigns: Iterable[Campaign], hours: int, now: Instant
) -> list[Unsent]:
    """Return the live campaigns that sent nothing within so many hours; no hours: nobody wants to know."""
    if not hours:
        return []
    since = now - hours * HOUR
    found = []
    for campaign in campaigns:
        if campaign.status != "live":
            continue
        own = (DecisionRow.campaign == campaign.id, col(DecisionRow.at) > since)
        sent = select(DecisionRow.seq).where(*own, DecisionRow.outcome == "send").limit(1)
        if session.exec(sent).first() is not None:
            continue
        triggers = session.exec(select(func.count()).select_from(DecisionRow).where(*own)).one()
        if triggers >= MANY:
            found.append(Unsent(campaign.id, since, triggers))
    return found
