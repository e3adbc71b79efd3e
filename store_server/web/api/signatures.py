"""An install that gave its public key signs what says where it is, sightings and check-ins: a stolen credential alone then posts nothing (SPEC 8).

`AisleCue-Signature: SEQUENCE;INSTANT;SIGNATURE`, the signature ECDSA P-256 over SHA-256 as base64url of r and s
(RFC 7515, appendix A.3), of method, path, sequence and instant, a line each, and the body.
"""

import re
from asyncio import to_thread
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from fastapi import Request
from sqlalchemy import Engine
from sqlmodel import col, update

from protocol.instants import SECOND, Instant, parse_instant
from store_server.db.session import writing
from store_server.db.tables import Install
from store_server.delivery.encryption import CURVE, from_base64url
from store_server.web.api.deps import AppSide, Caller, counting
from store_server.web.api.problems import Refused

HEADER = "AisleCue-Signature"
TOLERANCE_MS: Instant = 120 * SECOND
"""Between the phone's clock and ours, either way."""

_FORM = re.compile(r"(\d{1,15});([0-9TZ:.+-]{20,35});([A-Za-z0-9_-]{86})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature covers."""

    method: str
    path: str
    body: bytes

    def bytes(self, sequence: int, at: str) -> bytes:
        return f"{self.method}\n{self.path}\n{sequence}\n{at}\n".encode() + self.body


def read_public_key(text: str) -> ec.EllipticCurvePublicKey:
    """Read base64url of an uncompressed P-256 point. Raises ValueError."""
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, from_base64url(text))


async def check_signature(side: AppSide, who: Caller, request: Request, body: bytes) -> None:
    """Let pass what an install signed itself, and any install that has no key. Raises Refused (401)."""
    if who.public_key is None:
        return
    signed = Signed(request.method, request.url.path, body)
    with counting(side, who, "signature"):
        sequence = judge(who.public_key, request.headers.get(HEADER, ""), signed, side.clock.now())
        await to_thread(use_sequence, side.engine, who.install, sequence)


def judge(public_key: str, header: str, signed: Signed, now: Instant) -> int:
    """Return the sequence number of a valid signature. Raises Refused (401)."""
    found = _FORM.fullmatch(header)
    if found is None:
        raise Refused(
            401, f"This install signs: a header {HEADER} of SEQUENCE;INSTANT;SIGNATURE is expected."
        )
    sequence, at = int(found[1]), found[2]
    try:
        if abs(parse_instant(at) - now) > TOLERANCE_MS:
            raise Refused(401, f"An instant within {TOLERANCE_MS // SECOND} s of ours is expected.")
        raw = from_base64url(found[3])
        der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        read_public_key(public_key).verify(der, signed.bytes(sequence, at), ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError) as fault:
        raise Refused(401, "This signature is not of this request by this install's key.") from fault
    return sequence


def use_sequence(database: Engine, install: str, sequence: int) -> None:
    """Note a sequence number as used; each must be higher than the one before. Raises Refused (401)."""
    rising = update(Install).where(col(Install.id) == install, col(Install.last_sequence) < sequence)
    with writing(database) as session:
        if not session.exec(rising.values(last_sequence=sequence)).rowcount:
            raise Refused(
                401, "A sequence number higher than the last one is expected: sign again with the next."
            )
