"""What the shopper's side says of a message: displayed, opened, dismissed, not-today (SPEC 8)."""

from datetime import timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session

from protocol.instants import Instant, from_datetime, to_datetime
from store_server.db.tables import Outbox, Receipt, ShopperRow

Kind: TypeAlias = Literal["displayed", "opened", "dismissed", "not-today"]

RANK = {"queued": 0, "leased": 1, "accepted": 2, "displayed": 3, "dismissed": 4, "opened": 5}
"""A receipt only moves a message on: a late `displayed` does not undo `opened`."""


def take_receipt(session: Session, row: Outbox, kind: Kind, at: Instant, now: Instant) -> bool:
    """Keep a receipt of the shopper's own message; False where it was known before."""
    added = session.exec(
        insert(Receipt)
        .values(message=row.id, kind=kind, shopper=row.shopper, at=at, received_at=now)
        .on_conflict_do_nothing()
    )
    if kind != "not-today" and RANK[kind] > RANK.get(row.state, len(RANK)):
        row.state, row.changed_at = kind, now
        row.accepted_at = row.accepted_at or now
    return bool(added.rowcount)


def hush(shopper: ShopperRow, timezone: str, now: Instant) -> Instant:
    """Let nothing interrupt this shopper until the store's next midnight; return that instant."""
    until = next_midnight(timezone, now)
    shopper.not_today_until = max(until, shopper.not_today_until or 0)
    return shopper.not_today_until


def next_midnight(timezone: str, now: Instant) -> Instant:
    """Return when the store's day ends; a day of 23 or 25 hours too."""
    zone = ZoneInfo(timezone)
    tomorrow = to_datetime(now).astimezone(zone).date() + timedelta(days=1)
    local = to_datetime(0).replace(year=tomorrow.year, month=tomorrow.month, day=tomorrow.day, tzinfo=zone)
    return from_datetime(local)
