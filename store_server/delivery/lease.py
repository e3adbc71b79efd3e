"""A row that waits to be sent, whichever table it lies in: leased to one worker, queued again, ended."""

from protocol.instants import SECOND, Instant
from store_server.db.tables import Outbox, Trial
from store_server.delivery.verdict import Again, Done

LEASE_MS = 60 * SECOND
"""Longer than any attempt takes; a worker that dies holds its messages no longer than this."""
BATCH = 50
UNDONE = ("queued", "leased")


def lease(row: Outbox | Trial, owner: str, now: Instant) -> None:
    """Give the row to a worker for one attempt."""
    row.state, row.leased_by, row.lease_until = "leased", owner, now + LEASE_MS
    row.attempts += 1
    row.changed_at = now


def is_still_with(row: Outbox | Trial, claimed: Outbox | Trial) -> bool:
    """Say whether the worker that claimed a row has it yet: a receipt, an erasure or another worker may have come first."""
    return row.state == "leased" and row.leased_by == claimed.leased_by


def queue_again(row: Outbox | Trial, again: Again, now: Instant) -> None:
    """Put the row back until its next attempt."""
    row.state, row.lease_until, row.leased_by, row.reason = "queued", again.at, None, again.reason
    row.changed_at = now


def end(row: Outbox | Trial, ending: Done, now: Instant) -> None:
    """Write down what became of the row in the end."""
    row.state, row.reason, row.leased_by, row.changed_at = ending.state, ending.reason, None, now
