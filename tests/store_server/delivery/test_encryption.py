import json
import struct
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from store_server.delivery.encryption import (
    CURVE,
    MAX_PLAINTEXT,
    Ephemeral,
    Recipient,
    encrypt,
    fresh,
    from_base64url,
    point,
    to_base64url,
)
from store_server.delivery.errors import BadAddress

VECTOR = json.loads((Path(__file__).parents[2] / "vectors" / "rfc8291.json").read_text())
BROWSER = ec.generate_private_key(CURVE)
AUTH = bytes(range(16))


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(from_base64url(text)), CURVE)


def decrypt(body: bytes, browser: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """Read a message as a browser does (RFC 8291, 3.4)."""
    salt, (size, length) = body[:16], struct.unpack("!IB", body[16:21])
    sender, record = body[21 : 21 + length], body[21 + length :]
    assert size == 4096
    assert length == 65
    shared = browser.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
    info = b"WebPush: info\x00" + point(browser.public_key()) + sender
    secret = HKDF(hashes.SHA256(), 32, auth, info).derive(shared)
    key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(secret)
    nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(secret)
    padded = AESGCM(key).decrypt(nonce, record, None)
    return padded.rstrip(b"\x00")[:-1]


def test_the_rfc_s_own_example_comes_out_byte_for_byte() -> None:
    recipient = Recipient(from_base64url(VECTOR["ua_public"]), from_base64url(VECTOR["auth_secret"]))
    ephemeral = Ephemeral(private(VECTOR["as_private"]), from_base64url(VECTOR["salt"]))

    body = encrypt(VECTOR["plaintext"].encode(), recipient, ephemeral)

    assert to_base64url(body) == VECTOR["body"]
    browser = private(VECTOR["ua_private"])
    assert decrypt(body, browser, recipient.auth) == VECTOR["plaintext"].encode()


@given(st.text(max_size=800).map(str.encode))
def test_a_browser_reads_what_was_encrypted_for_it(plaintext: bytes) -> None:
    recipient = Recipient(point(BROWSER.public_key()), AUTH)

    body = encrypt(plaintext, recipient, fresh())

    assert decrypt(body, BROWSER, AUTH) == plaintext


def test_the_longest_message_fills_a_body_of_4096_bytes() -> None:
    recipient = Recipient(point(BROWSER.public_key()), AUTH)

    assert len(encrypt(b"x" * MAX_PLAINTEXT, recipient, fresh())) == 4096
    with pytest.raises(ValueError, match=f"at most {MAX_PLAINTEXT} bytes expected"):
        encrypt(b"x" * (MAX_PLAINTEXT + 1), recipient, fresh())


def test_two_messages_share_neither_salt_nor_key() -> None:
    recipient = Recipient(point(BROWSER.public_key()), AUTH)

    one, two = (encrypt(b"same", recipient, fresh()) for _ in range(2))

    assert one[:16] != two[:16]
    assert one[21:86] != two[21:86]


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        (b"", AUTH),
        (b"\x04" + bytes(64), AUTH),
        (b"\x02" + bytes(32), AUTH),
        (point(BROWSER.public_key()), b"short"),
    ],
    ids=["empty", "not on the curve", "compressed", "auth of 5 bytes"],
)
def test_keys_that_no_browser_has_are_refused_when_built(p256dh: bytes, auth: bytes) -> None:
    with pytest.raises(BadAddress, match="expected, got"):
        Recipient(p256dh, auth)
