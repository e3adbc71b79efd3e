"""Message encryption for Web Push: RFC 8291 over the content encoding aes128gcm of RFC 8188, in one record."""

import os
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from store_server.delivery.errors import BadAddress

CURVE = ec.SECP256R1()
RECORD_SIZE = 4096
"""A push service must take 4,096 bytes (RFC 8030, 7.2); the whole message is one record."""
MAX_PLAINTEXT = RECORD_SIZE - 86 - 16 - 1
"""What remains of a body of 4,096 bytes after header, authentication tag and padding delimiter (RFC 8291, 4)."""
LAST_RECORD = b"\x02"


@dataclass(frozen=True, slots=True)
class Recipient:
    """The keys of one browser's subscription: `p256dh` a P-256 point of 65 bytes, `auth` 16 bytes."""

    p256dh: bytes
    auth: bytes

    def __post_init__(self) -> None:
        if len(self.auth) != 16:
            raise BadAddress(f"an auth secret of 16 bytes expected, got {len(self.auth)}")
        self.public_key()

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """Return the browser's key. Raises BadAddress where it is no point of the curve."""
        try:
            if len(self.p256dh) != 65:
                raise ValueError(f"{len(self.p256dh)} bytes")
            return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, self.p256dh)
        except ValueError as fault:
            raise BadAddress(
                f"p256dh as an uncompressed P-256 point of 65 bytes expected, got {fault}"
            ) from fault


@dataclass(frozen=True, slots=True)
class Ephemeral:
    """What must be fresh for every message: a key pair and a salt of 16 bytes."""

    key: ec.EllipticCurvePrivateKey
    salt: bytes


def fresh() -> Ephemeral:
    return Ephemeral(ec.generate_private_key(CURVE), os.urandom(16))


def encrypt(plaintext: bytes, recipient: Recipient, ephemeral: Ephemeral) -> bytes:
    """Return the body of a push message. Raises ValueError above MAX_PLAINTEXT bytes."""
    if len(plaintext) > MAX_PLAINTEXT:
        raise ValueError(f"at most {MAX_PLAINTEXT} bytes expected, got {len(plaintext)}")
    ours = point(ephemeral.key.public_key())
    shared = ephemeral.key.exchange(ec.ECDH(), recipient.public_key())
    secret = _derive(recipient.auth, shared, b"WebPush: info\x00" + recipient.p256dh + ours, 32)
    key = _derive(ephemeral.salt, secret, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derive(ephemeral.salt, secret, b"Content-Encoding: nonce\x00", 12)
    header = ephemeral.salt + struct.pack("!IB", RECORD_SIZE, len(ours)) + ours
    return header + AESGCM(key).encrypt(nonce, plaintext + LAST_RECORD, None)


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as its 65 uncompressed bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derive(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def to_base64url(raw: bytes) -> str:
    """Write bytes as base64url without padding (RFC 7515, 2)."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Read base64url with or without padding. Raises ValueError."""
    bare = text.rstrip("=").encode("ascii")
    return urlsafe_b64decode(bare + b"=" * (-len(bare) % 4))
