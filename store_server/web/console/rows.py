"""What the console reads from the database; every function is one question, answered from rows alone (several processes are safe)."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func
from sqlmodel import Session, col, select

from protocol.instants import HOUR, Instant
from store_server.db.tables import (
    CampaignRevision,
    DecisionRow,
    NearMiss,
    Outbox,
    ShopperStateRow,
    TagZone,
)

NEVER_LEFT_STATES = ("cancelled", "expired")

LONGEST_STAY_MS = HOUR
"""A shopper whose last sighting is older is drawn nowhere; no stay outlives it by default (SPEC 2, max_stay_s)."""

LAST = chr(0x10FFFF)
"""Sorts after every character a pseudonym can have."""


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """Which decisions to list; None leaves a column open."""

    store: str | None = None
    campaign: str | None = None
    outcome: str | None = None
    reason: str | None = None
    shopper: str | None = None
    since: Instant | None = None
    until: Instant | None = None


def tags_in(session: Session, store: str) -> list[TagZone]:
    return list(session.exec(select(TagZone).where(TagZone.store == store, col(TagZone.zone).is_not(None))))


def shoppers_in(session: Session, store: str, now: Instant) -> list[ShopperStateRow]:
    """Return the shoppers last seen here within the longest stay."""
    query = select(ShopperStateRow).where(
        ShopperStateRow.store == store, col(ShopperStateRow.seen_at) > now - LONGEST_STAY_MS
    )
    return list(session.exec(query))


def newest_decisions(session: Session, store: str, limit: int) -> list[DecisionRow]:
    """Return the last decisions of a store, newest first."""
    query = select(DecisionRow).where(DecisionRow.store == store)
    return list(session.exec(query.order_by(col(DecisionRow.seq).desc()).limit(limit)))


def decisions_after(session: Session, store: str, seq: int, limit: int) -> list[DecisionRow]:
    """Return what was decided after a cursor, oldest first."""
    query = select(DecisionRow).where(DecisionRow.store == store, col(DecisionRow.seq) > seq)
    return list(session.exec(query.order_by(col(DecisionRow.seq)).limit(limit)))


def last_seq(session: Session) -> int:
    return session.exec(select(func.max(DecisionRow.seq))).one() or 0


def decision(session: Session, seq: int) -> DecisionRow | None:
    return session.get(DecisionRow, seq)


def find_decisions(session: Session, wanted: DecisionFilter, limit: int) -> list[DecisionRow]:
    """Return decisions that match, newest first."""
    query = select(DecisionRow)
    for column, value in (
        (DecisionRow.store, wanted.store),
        (DecisionRow.campaign, wanted.campaign),
        (DecisionRow.reason, wanted.reason),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.shopper is not None:
        # Its beginning will do; a range, so that the index serves.
        query = query.where(
            DecisionRow.shopper >= wanted.shopper, DecisionRow.shopper < wanted.shopper + LAST
        )
    if wanted.since is not None:
        query = query.where(DecisionRow.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(DecisionRow.at < wanted.until)
    # By the instant alone, as the indexes have it: with `seq` a rare outcome is looked for among all decisions.
    query = query.order_by(col(DecisionRow.at).desc()).limit(limit)
    queries = [query] if wanted.outcome is None else _ended_as(query, wanted.outcome)
    found = [row for one in queries for row in session.exec(one)]
    return sorted(found, key=lambda row: (row.at, row.seq or 0), reverse=True)[:limit]


def _ended_as(query: Any, outcome: str) -> list[Any]:
    """Return the queries for an outcome as it stands after delivery; each by an index of its own, as one with OR has none."""
    decided = query.where(DecisionRow.outcome == outcome)
    message = col(Outbox.decision) == DecisionRow.seq
    if outcome in NEVER_LEFT_STATES:
        return [decided, query.join(Outbox, message).where(Outbox.state == outcome)]
    if outcome == "send":
        return [decided.where(~exists().where(message, col(Outbox.state).in_(NEVER_LEFT_STATES)))]
    return [decided]


def messages_of(session: Session, decisions: Sequence[DecisionRow]) -> dict[int, Outbox]:
    """Return the message of each decision that made one, by decision."""
    query = select(Outbox).where(col(Outbox.decision).in_([row.seq for row in decisions]))
    return {row.decision: row for row in session.exec(query)} if decisions else {}


def counts_since(
    session: Session, since: Instant, *, store: str | None = None, campaign: str | None = None
) -> list[tuple[str, str | None, int]]:
    """Count decisions since an instant by outcome and reason, of a store or a campaign."""
    query: Any = (
        select(DecisionRow.outcome, DecisionRow.reason, func.count())
        .where(col(DecisionRow.at) >= since)
        .group_by(DecisionRow.outcome, col(DecisionRow.reason))
    )
    if store is not None:
        query = query.where(DecisionRow.store == store)
    if campaign is not None:
        query = query.where(DecisionRow.campaign == campaign)
    return [(outcome, reason, number) for outcome, reason, number in session.exec(query)]


def withdrawn_since(
    session: Session, since: Instant, *, store: str | None = None, campaign: str | None = None
) -> dict[str, int]:
    """Count messages decided since an instant that never went out, by state."""
    query: Any = select(Outbox.state, func.count()).where(*_withdrawn(since)).group_by(Outbox.state)
    if store is not None:
        query = query.where(Outbox.store == store)
    if campaign is not None:
        query = query.where(Outbox.campaign == campaign)
    return {state: number for state, number in session.exec(query)}  # noqa: C416  (rows are no pairs)


def _withdrawn(since: Instant) -> list[Any]:
    """Return the conditions for messages decided since an instant that never went out."""
    # A message is made after its decision, over midnight too: its own instant serves the index, the decision's counts.
    return [
        col(Outbox.state).in_(NEVER_LEFT_STATES),
        col(Outbox.created_at) >= since,
        col(Outbox.decision_at) >= since,
    ]


def last_sends(session: Session, campaigns: Collection[str]) -> dict[str, Instant]:
    """Return when each of some campaigns last sent."""
    # The newest by the index, campaign by campaign: a maximum over all would read every send there ever was.
    newest: Any = (
        select(DecisionRow.at)
        .where(DecisionRow.campaign == CampaignRevision.campaign, DecisionRow.outcome == "send")
        .order_by(col(DecisionRow.at).desc())
        .limit(1)
        .scalar_subquery()
    )
    query: Any = (
        select(CampaignRevision.campaign, newest)
        .where(col(CampaignRevision.campaign).in_(campaigns))
        .group_by(CampaignRevision.campaign)
    )
    return {campaign: at for campaign, at in session.exec(query) if at is not None}


def sends_since(session: Session, since: Instant) -> Mapping[str, int]:
    """Count each campaign's sends since an instant, without what never went out."""
    decided: Any = (
        select(DecisionRow.campaign, func.count())
        .where(DecisionRow.outcome == "send", col(DecisionRow.at) >= since)
        .group_by(DecisionRow.campaign)
    )
    withdrawn: Any = select(Outbox.campaign, func.count()).where(*_withdrawn(since)).group_by(Outbox.campaign)
    sent: Counter[str] = Counter()
    for campaign, number in session.exec(decided):
        sent[campaign] += number
    for campaign, number in session.exec(withdrawn):
        sent[campaign] -= number
    return sent


def near_misses(session: Session, campaign: str, since: Instant) -> dict[str, int]:
    """Sum a campaign's near misses by step over the days since an instant."""
    query: Any = (
        select(NearMiss.step, func.sum(NearMiss.count))
        .where(NearMiss.campaign == campaign, col(NearMiss.day_at) >= since)
        .group_by(NearMiss.step)
    )
    return {step: int(number) for step, number in session.exec(query)}
