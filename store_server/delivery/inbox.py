"""The inbox: a shopper's messages that reached them, or were kept for them quietly; a view of the outbox (SPEC 8)."""

from dataclasses import dataclass
from hashlib import sha256

from sqlmodel import Session, col, select

from protocol.instants import Instant
from store_server.db.tables import Outbox

REACHED = ("accepted", "displayed", "opened", "dismissed")
LENGTH = 50
"""Newest first; whoever wants more asks for an export."""


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One message as the shopper may read it."""

    id: str
    at: Instant
    store: str
    title: str | None
    body: str
    link: str | None
    state: str


def read_inbox(session: Session, shopper: str) -> list[InboxItem]:
    """Return the newest messages, newest first."""
    mine = select(Outbox).where(Outbox.shopper == shopper, col(Outbox.state).in_(REACHED))
    rows = session.exec(mine.order_by(col(Outbox.created_at).desc(), col(Outbox.id)).limit(LENGTH))
    return [
        InboxItem(
            row.id, row.accepted_at or row.created_at, row.store, row.title, row.body, row.link, row.state
        )
        for row in rows
    ]


def etag(items: list[InboxItem]) -> str:
    """Return a strong validator of the inbox as read (RFC 9110, 8.8.3)."""
    parts = "\n".join(f"{item.id} {item.state}" for item in items)
    return f'"{sha256(parts.encode()).hexdigest()[:32]}"'
