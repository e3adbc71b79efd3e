"""The store's own push identity: VAPID, RFC 8292; a P-256 key made at the first start, kept in the data folder."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from protocol.instants import HOUR, SECOND, Instant
from store_server.delivery.encryption import CURVE, point, to_base64url
from store_server.delivery.errors import BadVapid

KEY_FILE = "vapid.pem"
LIFETIME = 12 * HOUR
"""Of a token; RFC 8292 allows 24 h, half leaves room for a push service's wrong clock."""
RENEW_BEFORE = 1 * HOUR

_LOOPBACK = re.compile(r"(?i)(?:@|//)(?:localhost\b|127\.|\[::1\])")
_CONTACT = re.compile(r"mailto:[^@\s]+@[^@\s]+|https://[^\s]+")


@dataclass(frozen=True, slots=True)
class Token:
    """The Authorization header for one push service, and when it must be renewed."""

    header: str
    renew_at: Instant


class Vapid:
    """Signs who sends: `contact` is a real mailto: or https: address (Apple answers 403 to a localhost)."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, contact: str) -> None:
        if not _CONTACT.fullmatch(contact) or _LOOPBACK.search(contact):
            raise BadVapid(f"a contact as mailto: or https: of a real host expected, got {contact!r}")
        self._key, self._contact = key, contact
        self._tokens: dict[str, Token] = {}
        self.public_key = to_base64url(point(key.public_key()))
        """What a page hands to `pushManager.subscribe` as applicationServerKey."""

    def authorization(self, origin: str, now: Instant) -> str:
        """Return the Authorization header for a push service such as https://push.example.net."""
        token = self._tokens.get(origin)
        if token is None or now >= token.renew_at:
            token = self._sign(origin, now)
            self._tokens[origin] = token
        return token.header

    def _sign(self, origin: str, now: Instant) -> Token:
        expires_at = now + LIFETIME
        claims = {"aud": origin, "exp": expires_at // SECOND, "sub": self._contact}
        unsigned = f"{_part({'typ': 'JWT', 'alg': 'ES256'})}.{_part(claims)}"
        r, s = decode_dss_signature(self._key.sign(unsigned.encode(), ec.ECDSA(SHA256())))
        signature = to_base64url(r.to_bytes(32) + s.to_bytes(32))
        header = f"vapid t={unsigned}.{signature}, k={self.public_key}"
        return Token(header, expires_at - RENEW_BEFORE)


def open_vapid(data_dir: Path, contact: str) -> Vapid:
    """Load the key of this deployment, or make it at the first start (mode 0600). Raises BadVapid."""
    path = data_dir / KEY_FILE
    if not path.exists():
        _create(path)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as fault:
        raise BadVapid(f"a private key as PEM in {path.name} expected, got something else") from fault
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != CURVE.name:
        raise BadVapid(f"a P-256 private key in {path.name} expected, got another kind")
    return Vapid(key, contact)


def _create(path: Path) -> None:
    pem = ec.generate_private_key(CURVE).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another worker of the first start was quicker; its key is the one
    with os.fdopen(handle, "wb") as file:
        file.write(pem)


def _part(value: dict[str, object]) -> str:
    return to_base64url(json.dumps(value, separators=(",", ":")).encode())
