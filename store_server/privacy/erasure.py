"""Erasure: everything kept of one shopper, gone in one transaction; only that it was done stays (law 5)."""

from hashlib import sha256

from sqlalchemy import delete
from sqlmodel import Session

from protocol.instants import Instant
from store_server.db.tables import Audit
from store_server.privacy.tables import owned_tables

ERASED = "erase"
"""What the audit calls it."""


def erase(session: Session, shopper: str, actor: str, now: Instant) -> dict[str, int]:
    """Delete every row of a shopper and return how many by table; the audit keeps a fingerprint, never the id."""
    session.flush()
    gone = {
        table.name: session.connection().execute(delete(table).where(owner == shopper)).rowcount
        for table, owner in owned_tables()
    }
    session.add(Audit(at=now, actor=actor, action=ERASED, subject=fingerprint(shopper), detail=gone))
    return gone


def fingerprint(shopper: str) -> str:
    """Return what the audit keeps: enough to erase again from a restored backup, not enough to name anyone."""
    return sha256(f"erased:{shopper}".encode()).hexdigest()
