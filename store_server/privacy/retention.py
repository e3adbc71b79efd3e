"""Retention: what is kept how long, and the sweep that holds to it (FIELD-NOTES, "Attacks and privacy")."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import ColumnElement, and_, bindparam, delete, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col, select, update

from protocol.identity import BeaconIdentity
from protocol.instants import DAY, HOUR, Instant
from protocol.plan import StorePlan
from store_server.db.tables import HelpCall, Presence, PresenceChange, TagZone

KEPT: Final = (
    ("phone_code", "expires_at", DAY),
    ("phone_count", "at", 12 * HOUR),
    ("console_session", "opened_at", 12 * HOUR),
    ("reach_count", "asked_at", DAY),
    ("trial", "created_at", DAY),
    ("sighting", "at", 7 * DAY),
    ("presence", "last_at", 7 * DAY),
    ("presence_change", "learned_at", 7 * DAY),
    ("tag_zone", "since_at", 7 * DAY),
    ("gateway_message", "received_at", 7 * DAY),
    ("gateway_bundle", "asked_at", 30 * DAY),
    ("form_draft", "changed_at", 14 * DAY),
    ("outbox", "created_at", 90 * DAY),
    ("decision", "recorded_at", 90 * DAY),
    ("help_call", "opened_at", 90 * DAY),
    ("server_part", "heard_at", 7 * DAY),
    ("ignored_count", "hour_at", 90 * DAY),
    ("alert", "broken_at", 90 * DAY),
    ("beacon_level", "learned_at", 90 * DAY),
    ("alert_silence", "until_at", 90 * DAY),
    ("coupon", "issued_at", 400 * DAY),
    ("history", "at", 400 * DAY),
    ("shopper_state", "seen_at", 400 * DAY),
    ("audit", "at", 400 * DAY),
)
"""Table, the instant a row's age counts from, how long it is kept; receipts go with their message."""


def sweep(session: Session, now: Instant, plans: Collection[StorePlan] = ()) -> dict[str, int]:
    """Delete what has grown too old and return how many rows by table; `plans` are those that run."""
    session.flush()
    gone = {}
    for name, since, span in KEPT:
        table = SQLModel.metadata.tables[name]
        if name == Presence.__tablename__:
            gone[name] = _forget_unplanned(session, now - span, plans)
            continue
        old = table.c[since] <= now - span
        if name == PresenceChange.__tablename__:
            old = and_(old, _known_better(now - span))
        if name == TagZone.__tablename__:
            old = and_(old, table.c.zone.is_(None))
        gone[name] = session.connection().execute(delete(table).where(old)).rowcount
    resolved = update(HelpCall).where(col(HelpCall.state) == "resolved", col(HelpCall.phone).is_not(None))
    session.exec(resolved.values(phone=None))
    return gone


def _forget_unplanned(session: Session, before: Instant, plans: Collection[StorePlan]) -> int:
    """Forget what gateways last heard so long ago, tags and strangers; of a planned beacon pages say since when it is silent."""
    table = SQLModel.metadata.tables["presence"]
    key = tuple(table.primary_key.columns)
    old = session.connection().execute(select(*key).where(table.c.last_at <= before)).all()
    planned = {(plan.id, beacon.identity) for plan in plans for beacon in plan.beacons} if old else set()
    gone = [row for row in old if (row.store, BeaconIdentity(row.uuid, row.major, row.minor)) not in planned]
    if gone:
        one = delete(table).where(*(column == bindparam(f"the_{column.name}") for column in key))
        values = [{f"the_{name}": value for name, value in row._mapping.items()} for row in gone]
        session.connection().execute(one, values)
    return len(gone)


def _known_better(before: Instant) -> ColumnElement[bool]:
    """Return what picks every change but the last one, where that says present: it holds until another comes.

    Without it a beacon heard for weeks would count as never heard.
    """
    row, later = SQLModel.metadata.tables["presence_change"].c, aliased(PresenceChange)
    followed = (
        select(later.seq)
        .where(later.store == row.store, later.gateway == row.gateway)
        .where(later.uuid == row.uuid, later.major == row.major, later.minor == row.minor)
        .where(later.at > row.at, later.learned_at <= before)
    )
    return or_(row.state == "lost", followed.exists())
