"""Enrolment of gateways: a one-time code is exchanged for a certificate, which can be revoked (SPEC 7)."""

from dataclasses import dataclass
from hashlib import sha256

from sqlmodel import Session, col, delete, select, update

from protocol.instants import HOUR, Instant
from protocol.topics import GatewayAddress
from store_server import ids
from store_server.db.tables import Audit, GatewayCertificate, GatewayCode
from store_server.fleet.authority import GATEWAY_LIFE, MAX_NAME, Authority, Issued, Revoked, requested_key
from store_server.fleet.errors import BadCode, BadRequest

CODE_LIFE = 24 * HOUR
"""Time to carry a gateway to its shop."""
CODE_GROUPS = 4
"""16 letters of 31 are 79 bits: no one guesses one in a day, and a person can type it."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What became of a code: whose it was, and the certificate."""

    address: GatewayAddress
    issued: Issued


def new_code() -> str:
    """Return a fresh code, such as `k7qf-2m9x-hh4t-vw83`."""
    return ids.new_code(CODE_GROUPS)


def hand_out_code(session: Session, address: GatewayAddress, code: str, by: str, now: Instant) -> Instant:
    """Let a code enrol this gateway once, instead of any code before; return when it expires. Raises BadRequest."""
    if len(broker_user(address)) > MAX_NAME:
        raise BadRequest(
            f"STORE/GATEWAY of at most {MAX_NAME} characters expected, got {broker_user(address)!r}"
        )
    session.exec(
        delete(GatewayCode).where(
            col(GatewayCode.store) == address.store, col(GatewayCode.gateway) == address.gateway
        )
    )
    expires_at = now + CODE_LIFE
    session.add(
        GatewayCode(
            code_hash=_hashed(code), store=address.store, gateway=address.gateway, expires_at=expires_at
        )
    )
    audit(session, by, "gateway.code", address, now)
    return expires_at


def enrol(session: Session, authority: Authority, code: str, request: str, now: Instant) -> Enrolled:
    """Use up a code and sign a gateway's request; its certificates from before are revoked. Raises BadCode, BadRequest."""
    row = session.get(GatewayCode, _hashed(code))
    if row is None or now >= row.expires_at:
        raise BadCode("a code that was handed out, not used and not older than a day expected")
    address = GatewayAddress(row.store, row.gateway)
    issued = authority.sign_client(broker_user(address), requested_key(request), now, GATEWAY_LIFE)
    session.delete(row)
    _revoke(session, address, now)
    session.add(
        GatewayCertificate(
            serial=issued.serial,
            store=address.store,
            gateway=address.gateway,
            issued_at=now,
            expires_at=issued.expires_at,
        )
    )
    audit(session, broker_user(address), "gateway.enrol", address, now)
    return Enrolled(address, issued)


def revoke(session: Session, address: GatewayAddress, by: str, now: Instant) -> int:
    """Revoke a gateway's certificates and its code; return how many certificates that were."""
    session.exec(
        delete(GatewayCode).where(
            col(GatewayCode.store) == address.store, col(GatewayCode.gateway) == address.gateway
        )
    )
    audit(session, by, "gateway.revoke", address, now)
    return _revoke(session, address, now)


def ever_enrolled(session: Session, address: GatewayAddress) -> bool:
    """Return whether there is a certificate, whatever became of it, or a code of this gateway."""
    return any(
        session.exec(
            select(table).where(table.store == address.store, table.gateway == address.gateway)
        ).first()
        for table in (GatewayCertificate, GatewayCode)
    )


def revoked(session: Session, now: Instant) -> list[Revoked]:
    """Return what brokers must refuse; what has expired they refuse anyway."""
    query = select(GatewayCertificate).where(
        col(GatewayCertificate.revoked_at).is_not(None), col(GatewayCertificate.expires_at) > now
    )
    return [Revoked(row.serial, row.revoked_at or now) for row in session.exec(query)]


def enrolled_gateways(session: Session, now: Instant) -> set[GatewayAddress]:
    """Return the gateways that hold a certificate that counts."""
    query = select(GatewayCertificate).where(
        col(GatewayCertificate.revoked_at).is_(None), col(GatewayCertificate.expires_at) > now
    )
    return {GatewayAddress(row.store, row.gateway) for row in session.exec(query)}


def broker_user(address: GatewayAddress) -> str:
    """Return a gateway's user name at the broker, which its certificate carries as its common name."""
    return f"{address.store}/{address.gateway}"


def _revoke(session: Session, address: GatewayAddress, now: Instant) -> int:
    mine = update(GatewayCertificate).where(
        col(GatewayCertificate.store) == address.store,
        col(GatewayCertificate.gateway) == address.gateway,
        col(GatewayCertificate.revoked_at).is_(None),
    )
    return session.exec(mine.values(revoked_at=now)).rowcount


def _hashed(code: str) -> str:
    return sha256(code.strip().lower().encode()).hexdigest()


def audit(session: Session, by: str, action: str, address: GatewayAddress, now: Instant) -> None:
    session.add(Audit(at=now, actor=by, action=action, subject=broker_user(address)))
