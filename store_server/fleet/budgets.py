"""Which campaigns have spent their budget over all shoppers (SPEC 3, limits.total)."""

from collections.abc import Iterable

from sqlmodel import Session, select

from campaigns.document import Campaign
from store_server.db.tables import Budget


def spent_campaigns(session: Session, campaigns: Iterable[Campaign]) -> frozenset[str]:
    """Return the ids of those whose total is used up."""
    used = {row.campaign: row.used for row in session.exec(select(Budget))}
    return frozenset(
        one.id
        for one in campaigns
        if one.limits.total is not None and used.get(one.id, 0) >= one.limits.total
    )
