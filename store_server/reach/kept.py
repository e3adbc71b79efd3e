"""Counts kept in rows: begun by one process, followed and shown by all."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlmodel import Session

from protocol.instants import MINUTE, Instant
from store_server.db.tables import ReachCount
from store_server.reach.count import Displaced, Reach

GIVEN_UP_AFTER_MS: Instant = 10 * MINUTE
"""Who counts tells how far they are all along; one that has neither ended nor been begun lately has died with its process."""


def keep_begun(session: Session, key: str, text: str, now: Instant) -> None:
    """Say that a count was begun; what was there under its key is gone."""
    session.merge(ReachCount(key=key, text=text, asked_at=now, part=0.0, found=None, failed=False))


def keep_part(session: Session, key: str, part: float) -> None:
    """Say how much is done."""
    if (row := session.get(ReachCount, key)) is not None:
        row.part = part


def keep_end(session: Session, key: str, found: Reach | None) -> None:
    """Keep what came of it; None: it could not be done."""
    if (row := session.get(ReachCount, key)) is not None:
        row.part, row.failed = 1.0, found is None
        row.found = None if found is None else _written(found)


def kept_count(session: Session, key: str, now: Instant) -> ReachCount | None:
    """Return a count that any process began; one whose process has died says that it failed."""
    row = session.get(ReachCount, key)
    if row is not None and row.found is None and now - row.asked_at >= GIVEN_UP_AFTER_MS:
        row.failed = True
    return row


def read_found(found: Mapping[str, Any]) -> Reach:
    """Return a result as it was counted."""
    counts = {(outcome, reason): number for outcome, reason, number in found["counts"]}
    return Reach(**{**found, "counts": counts, "displaced": [Displaced(**one) for one in found["displaced"]]})


def _written(found: Reach) -> dict[str, Any]:
    counts = [[outcome, reason, number] for (outcome, reason), number in found.counts.items()]
    return {**asdict(found), "counts": counts, "displaced": [asdict(one) for one in found.displaced]}
