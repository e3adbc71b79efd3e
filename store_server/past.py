"""What happened to shoppers outside the decisions that are to be made anew, as history.jsonl has it (SPEC 6).

A message sent before the first sighting at hand is `received`, a visit that began before it is a `visit`.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, select

from campaigns.decision import SEND
from campaigns.state import decode_state
from protocol.instants import Instant
from store_server.db.tables import DecisionRow, History, Outbox, Receipt, ShopperStateRow

ROWS = 2_000
"""Fetched at a time: memory stays the same however much is kept."""


class PastLine(NamedTuple):
    """One thing that happened to a shopper."""

    at: Instant
    shopper: str
    kind: str
    store: str | None = None
    campaign: str | None = None
    tag: str | None = None


def past_lines(session: Session, since: Instant, shopper: str | None = None) -> Iterator[PastLine]:
    """Yield what is known from elsewhere, what was opened, and what was sent or visited before `since`.

    Of one shopper where one is named, else of everybody.
    """
    noted = select(History).where(_of(History.shopper, shopper)).order_by(col(History.at), col(History.id))
    for one in session.exec(noted.execution_options(yield_per=ROWS)):
        yield PastLine(one.at, one.shopper, one.kind, one.store, one.campaign, one.tag)
    opened = select(Receipt.at, Receipt.shopper, Outbox.campaign).join(
        Outbox, col(Outbox.id) == Receipt.message
    )
    opened = opened.where(Receipt.kind == "opened", _of(Receipt.shopper, shopper))
    for at, who, campaign in session.exec(opened.order_by(col(Receipt.at))):
        yield PastLine(at, who, "opened", campaign=campaign)
    sent = select(DecisionRow.at, DecisionRow.shopper, DecisionRow.campaign).where(
        DecisionRow.outcome == SEND, col(DecisionRow.at) < since, _of(DecisionRow.shopper, shopper)
    )
    for at, who, campaign in session.exec(sent.execution_options(yield_per=ROWS)):
        yield PastLine(at, who, "received", campaign=campaign)
    states = select(ShopperStateRow).where(_of(ShopperStateRow.shopper, shopper))
    for row in session.exec(states.execution_options(yield_per=ROWS)):
        for store, starts in decode_state(row.state).presence.started.items():
            for at in starts:
                if at < since:
                    yield PastLine(at, row.shopper, "visit", store)


def _of(column: str, shopper: str | None) -> ColumnElement[bool]:
    return true() if shopper is None else col(column) == shopper
