"""Log bundles: asked for by a person, sent as a command, kept as they come, the last few of each gateway (SPEC 7)."""

import base64
import binascii
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, delete, select

from protocol.instants import MINUTE, SECOND, Instant
from protocol.messages import Command, Result, encode
from protocol.topics import GatewayAddress, Leaf
from store_server.db.tables import Audit, GatewayBundle
from store_server.fleet.enrolment import broker_user

ANSWER_WITHIN_MS: Instant = MINUTE
"""A gateway that is there answers within seconds; one that was asked longer ago is asked again by a person, or not."""
KEPT_OF_A_GATEWAY = 5
AGAIN_AFTER_MS: Instant = 10 * SECOND
"""Tapped twice is asked once."""
LONGEST_FAULT = 500
_GZIP = b"\x1f\x8b"


class Asked(NamedTuple):
    """One request as the page lists it, without the bundle itself."""

    id: str
    asked_at: Instant
    asked_by: str
    arrived_at: Instant | None
    size_bytes: int
    fault: str | None

    def waits(self, now: Instant) -> bool:
        """Say whether an answer may still come."""
        return self.arrived_at is None and now - self.asked_at < ANSWER_WITHIN_MS


def ask_for_bundle(session: Session, address: GatewayAddress, by: str, request: str, now: Instant) -> None:
    """Ask a gateway for a bundle under a fresh id, unless it was just asked; the oldest of its requests go."""
    before = bundles_of(session, address)
    if before and before[0].waits(now) and now - before[0].asked_at < AGAIN_AFTER_MS:
        return
    session.add(
        GatewayBundle(store=address.store, gateway=address.gateway, id=request, asked_at=now, asked_by=by)
    )
    session.add(Audit(at=now, actor=by, action="gateway.bundle", subject=broker_user(address)))
    for old in before[KEPT_OF_A_GATEWAY - 1 :]:
        session.exec(delete(GatewayBundle).where(_is(address, old.id)))


def bundles_of(session: Session, address: GatewayAddress) -> list[Asked]:
    """Return a gateway's requests, the newest first."""
    query = (
        select(*(getattr(GatewayBundle, name) for name in Asked._fields))
        .where(GatewayBundle.store == address.store, GatewayBundle.gateway == address.gateway)
        .order_by(col(GatewayBundle.asked_at).desc())
    )
    return [Asked(*row) for row in session.exec(query)]


def bundle_data(session: Session, address: GatewayAddress, request: str) -> bytes | None:
    """Return a bundle as it came; None where there is none."""
    return session.exec(select(GatewayBundle.data).where(_is(address, request))).first()


def open_requests(session: Session, now: Instant) -> dict[str, list[bytes]]:
    """Return the commands that wait for an answer, by topic."""
    query = select(GatewayBundle.store, GatewayBundle.gateway, GatewayBundle.id).where(
        col(GatewayBundle.arrived_at).is_(None), GatewayBundle.asked_at > now - ANSWER_WITHIN_MS
    )
    found: dict[str, list[bytes]] = {}
    for store, gateway, request in session.exec(query):
        topic = GatewayAddress(store, gateway).topic(Leaf.COMMAND)
        found.setdefault(topic, []).append(encode(Command(id=request, name="log-bundle")))
    return found


def keep_answers(session: Session, answers: Sequence[tuple[GatewayAddress, Result]], now: Instant) -> int:
    """Keep what was asked for, once; return how many that were. What nobody asked for is passed over."""
    return sum(_keep(session, address, result, now) for address, result in answers)


def _keep(session: Session, address: GatewayAddress, result: Result, now: Instant) -> bool:
    row = session.get(GatewayBundle, (address.store, address.gateway, result.id))
    if row is None or row.arrived_at is not None:
        return False
    row.arrived_at, row.data = now, _unpacked(result.bundle) if result.ok else None
    row.size_bytes = len(row.data or b"")
    if row.data is None:
        row.fault = result.detail[:LONGEST_FAULT] or "no bundle"
    return True


def _unpacked(text: str) -> bytes | None:
    """Return the gzip that a result carries; None where it is none."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    return data if data.startswith(_GZIP) else None


def _is(address: GatewayAddress, request: str) -> ColumnElement[bool]:
    return and_(
        col(GatewayBundle.store) == address.store,
        col(GatewayBundle.gateway) == address.gateway,
        col(GatewayBundle.id) == request,
    )
