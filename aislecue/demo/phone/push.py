"""A phone's end of Web Push: its keys, and opening what arrives (RFC 8291 over aes128gcm of RFC 8188)."""

import struct
from base64 import urlsafe_b64encode
from dataclasses import dataclass

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
SALT_BYTES = 16
LAST_RECORD = 2


class Push(msgspec.Struct, frozen=True):
    """What the store server puts into a push."""

    id: str
    title: str | None
    body: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class PushKeys:
    """A subscription's keys; the private one never leaves the phone."""

    private: ec.EllipticCurvePrivateKey
    auth: bytes

    def subscription(self, endpoint: str) -> dict[str, object]:
        """Return the subscription as the Push API's toJSON gives it."""
        keys = {"p256dh": _base64url(self._public()), "auth": _base64url(self.auth)}
        return {"endpoint": endpoint, "keys": keys}

    def open(self, body: bytes) -> Push:
        """Decrypt and read a push. Raises ValueError, InvalidTag or msgspec.DecodeError where it is not for us."""
        return msgspec.json.decode(self.decrypt(body), type=Push)

    def decrypt(self, body: bytes) -> bytes:
        """Return the plaintext of a one-record message."""
        salt, (_, key_length) = body[:SALT_BYTES], struct.unpack("!IB", body[SALT_BYTES : SALT_BYTES + 5])
        header_end = SALT_BYTES + 5 + key_length
        theirs = body[SALT_BYTES + 5 : header_end]
        shared = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs))
        secret = _derive(self.auth, shared, b"WebPush: info\x00" + self._public() + theirs, 32)
        key = _derive(salt, secret, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _derive(salt, secret, b"Content-Encoding: nonce\x00", 12)
        padded = AESGCM(key).decrypt(nonce, body[header_end:], None).rstrip(b"\x00")
        if not padded or padded[-1] != LAST_RECORD:
            raise ValueError("one last record expected, got more or none")
        return padded[:-1]

    def _public(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derive(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
