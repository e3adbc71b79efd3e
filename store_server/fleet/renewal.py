"""Renewal of a gateway's certificate: whoever holds the present key is given one for a new key (SPEC 7; protocol.renewal).

The serial number follows from the present certificate and the new key: an answer that was lost is given again, and one row kept.
"""

from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlmodel import Session, col, func, select

from protocol.instants import Instant
from protocol.renewal import Renewal, from_text, renewal_bytes
from protocol.topics import GatewayAddress
from store_server.db.tables import GatewayCertificate
from store_server.fleet.authority import GATEWAY_LIFE, Authority, Issued, requested_key
from store_server.fleet.enrolment import audit, broker_user
from store_server.fleet.errors import BadRequest

EARLIEST = 2
"""A certificate is renewed in the second half of its life: a gateway asks after two thirds."""
MOST_COUNTING = 8
"""Certificates of one gateway that count at a time: a faulty one that asks with ever new keys is refused, not fed."""
SERIAL_BYTES = 19
"""RFC 5280, 4.1.2.2: positive, 20 bytes at most."""


def renew(
    session: Session, authority: Authority, address: GatewayAddress, asked: Renewal, now: Instant
) -> Issued:
    """Sign a gateway's new key; its present certificate counts until it runs out or is revoked. Raises BadRequest."""
    present, key = _present(authority, asked), requested_key(asked.csr)
    row = _counting(session, address, present, now)
    _proven(present, asked)
    serial = _serial(present, key)
    known = session.get(GatewayCertificate, f"{serial:x}")
    if known is not None:
        if known.revoked_at is not None:
            raise BadRequest("a certificate that was not revoked expected")
        return authority.sign_client(broker_user(address), key, known.issued_at, GATEWAY_LIFE, serial)
    _due(session, address, row, now)
    issued = authority.sign_client(broker_user(address), key, now, GATEWAY_LIFE, serial)
    session.add(
        GatewayCertificate(
            serial=issued.serial,
            store=address.store,
            gateway=address.gateway,
            issued_at=now,
            expires_at=issued.expires_at,
        )
    )
    audit(session, broker_user(address), "gateway.renew", address, now)
    return issued


def _present(authority: Authority, asked: Renewal) -> x509.Certificate:
    try:
        present = x509.load_pem_x509_certificate(asked.certificate.encode())
    except ValueError as fault:
        raise BadRequest("the present certificate as PEM expected, got something else") from fault
    if not authority.issued(present):
        raise BadRequest("a certificate of this server's authority expected")
    return present


def _counting(
    session: Session, address: GatewayAddress, present: x509.Certificate, now: Instant
) -> GatewayCertificate:
    row = session.get(GatewayCertificate, f"{present.serial_number:x}")
    if row is None or (row.store, row.gateway) != address:
        raise BadRequest(f"a certificate of {broker_user(address)} expected")
    if row.revoked_at is not None or row.expires_at <= now:
        raise BadRequest("a certificate that counts expected: enrol this gateway again")
    return row


def _proven(present: x509.Certificate, asked: Renewal) -> None:
    key = present.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey), "this authority signs no other"
    try:
        key.verify(from_text(asked.signature), renewal_bytes(asked.csr), ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError) as fault:
        raise BadRequest("a request signed by the present key expected") from fault


def _due(session: Session, address: GatewayAddress, row: GatewayCertificate, now: Instant) -> None:
    if now < row.issued_at + (row.expires_at - row.issued_at) // EARLIEST:
        raise BadRequest("a certificate in the second half of its life expected")
    counting = select(func.count()).where(
        col(GatewayCertificate.store) == address.store,
        col(GatewayCertificate.gateway) == address.gateway,
        col(GatewayCertificate.revoked_at).is_(None),
        col(GatewayCertificate.expires_at) > now,
    )
    if session.exec(counting).one() >= MOST_COUNTING:
        raise BadRequest(
            f"at most {MOST_COUNTING} certificates that count expected: enrol this gateway again"
        )


def _serial(present: x509.Certificate, key: ec.EllipticCurvePublicKey) -> int:
    new = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = sha256(present.serial_number.to_bytes(SERIAL_BYTES + 1, "big") + new).digest()
    return int.from_bytes(digest[:SERIAL_BYTES], "big")
