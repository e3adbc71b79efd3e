"""How far a gateway is on its way in: code handed out, certificate issued, first heard (SPEC 7)."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from protocol.instants import DAY, Instant
from protocol.topics import GatewayAddress
from store_server.db.tables import Gateway, GatewayCertificate, GatewayCode, GatewayMessage

FIRST_WITHIN = DAY
"""Where messages older than this are looked through for the first one, a page costs more than it tells."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The steps of one gateway's enrolment; None is a step not taken."""

    code_until: Instant | None = None
    enrolled_at: Instant | None = None
    certificate_until: Instant | None = None
    revoked_at: Instant | None = None
    """Its newest certificate was taken back, and there is none since."""
    first_heard_at: Instant | None = None
    """Since it was enrolled; told for a day."""
    heard_at: Instant | None = None

    @property
    def word(self) -> str:
        """Return the step it has reached: heard | enrolled | invited | revoked | out."""
        if self.enrolled_at is not None:
            return "enrolled" if self.heard_at is None else "heard"
        if self.code_until is not None:
            return "invited"
        return "out" if self.revoked_at is None else "revoked"


def read_progress(session: Session, address: GatewayAddress, now: Instant) -> Progress:
    """Read how far one gateway is."""
    code = session.exec(
        select(GatewayCode).where(
            GatewayCode.store == address.store,
            GatewayCode.gateway == address.gateway,
            col(GatewayCode.expires_at) > now,
        )
    ).first()
    newest = session.exec(
        select(GatewayCertificate)
        .where(GatewayCertificate.store == address.store, GatewayCertificate.gateway == address.gateway)
        .order_by(
            col(GatewayCertificate.issued_at).desc(), col(GatewayCertificate.revoked_at).is_(None).desc()
        )
    ).first()
    until = None if code is None else code.expires_at
    if newest is None or newest.revoked_at is not None:
        return Progress(until, revoked_at=None if newest is None else newest.revoked_at)
    if newest.expires_at <= now:
        return Progress(until)
    enrolled_at = _enrolled_at(session, address, newest)
    heard_at = _heard_since(session, address, enrolled_at)
    first = None
    if heard_at is not None and now - enrolled_at < FIRST_WITHIN:
        first = _first_heard(session, address, enrolled_at)
    return Progress(until, enrolled_at, newest.expires_at, None, first, heard_at)


def _enrolled_at(session: Session, address: GatewayAddress, newest: GatewayCertificate) -> Instant:
    """Return when the first certificate was issued of those that were renewed into the newest: enrolling revokes all before."""
    issued = select(func.min(GatewayCertificate.issued_at)).where(
        GatewayCertificate.store == address.store,
        GatewayCertificate.gateway == address.gateway,
        col(GatewayCertificate.revoked_at).is_(None),
    )
    return session.exec(issued).one() or newest.issued_at


def _heard_since(session: Session, address: GatewayAddress, at: Instant) -> Instant | None:
    row = session.get(Gateway, (address.store, address.gateway))
    heard = max(row.presence_at or 0, row.health_at or 0) if row is not None else 0
    return heard if heard >= at else None


def _first_heard(session: Session, address: GatewayAddress, at: Instant) -> Instant | None:
    first = (
        select(GatewayMessage.received_at)
        .where(
            col(GatewayMessage.received_at) >= at,
            GatewayMessage.store == address.store,
            GatewayMessage.gateway == address.gateway,
        )
        .order_by(col(GatewayMessage.received_at))
        .limit(1)
    )
    return session.exec(first).first()
