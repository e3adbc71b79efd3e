"""A row that waits to be sent, whichever table it lies in: leased to one worker, queued again, ended."""

from protocol.instants import SECOND, Instant
from store_server.db.tables import Outbox, Trial
from store_server.delivery.verdict import Again, Attempt, Done
from store_server.doubt import NO_ANSWER

LEASE_MS = 60 * SECOND
"""Longer than any attempt takes; a worker that dies holds its messages no longer than this."""
UNDONE = ("queued", "leased")


def may_be_taken(row: Outbox | Trial) -> bool:
    """Say of a row to be claimed whether it may have been taken: an answer was lost, or a worker with all it knew."""
    return row.state == "leased" or row.reason == NO_ANSWER


def lease(row: Outbox | Trial, owner: str, now: Instant) -> None:
    """Give the row to a worker for one attempt."""
    if may_be_taken(row):
        row.reason = NO_ANSWER
    row.state, row.leased_by, row.lease_until = "leased", owner, now + LEASE_MS
    row.attempts += 1
    row.changed_at = now


def is_still_with(row: Outbox | Trial, claimed: Outbox | Trial) -> bool:
    """Say whether the worker that claimed a row has it yet: a receipt, an erasure or another worker may have come first."""
    return row.state == "leased" and row.leased_by == claimed.leased_by


def attempt_at(row: Outbox | Trial, collapses: bool) -> Attempt:
    """Return what a verdict needs to know of the attempt that a row was leased for."""
    return Attempt(row.attempts, row.deadline_at, collapses, doubted=row.reason == NO_ANSWER)


def queue_again(row: Outbox | Trial, again: Again, now: Instant) -> None:
    """Put the row back until its next attempt."""
    row.state, row.lease_until, row.leased_by, row.reason = "queued", again.at, None, again.reason
    row.changed_at = now


def end(row: Outbox | Trial, ending: Done, now: Instant) -> None:
    """Write down what became of the row in the end."""
    row.state, row.reason, row.leased_by, row.changed_at = ending.state, ending.reason, None, now
