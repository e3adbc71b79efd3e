"""Erasure: everything kept of one shopper, gone in one transaction; only that it was done stays (law 5)."""

from collections.abc import Collection
from hashlib import sha256

from sqlalchemy import delete
from sqlmodel import Session, col, select

from protocol.instants import Instant
from store_server.db.tables import Audit
from store_server.delivery.ending import withdraw_queued
from store_server.privacy.tables import owned_tables

ERASED = "erase"
"""What the audit calls it."""


def erase(session: Session, shopper: str, actor: str, now: Instant) -> dict[str, int]:
    """Delete every row of a shopper and return how many by table; the audit keeps a fingerprint, never the id."""
    withdraw_queued(session, shopper, ERASED, now)  # gives back what the campaigns spent on it
    session.flush()
    gone = {
        table.name: session.connection().execute(delete(table).where(owner == shopper)).rowcount
        for table, owner in owned_tables()
    }
    session.add(Audit(at=now, actor=actor, action=ERASED, subject=fingerprint(shopper), detail=gone))
    return gone


def erased_among(session: Session, shoppers: Collection[str]) -> set[str]:
    """Return who was erased once, for as long as the audit goes back."""
    prints = {fingerprint(shopper): shopper for shopper in shoppers}
    known = select(Audit.subject).where(Audit.action == ERASED, col(Audit.subject).in_(prints))
    return {prints[one] for one in session.exec(known)}


def fingerprint(shopper: str) -> str:
    """Return what the audit keeps: enough to erase again from a restored backup, not enough to name anyone."""
    return sha256(f"erased:{shopper}".encode()).hexdigest()
