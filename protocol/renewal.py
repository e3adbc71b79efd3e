"""A gateway's certificate, renewed over MQTT: `renewal` up, `certificate` down (SPEC 7; PKCS 10, RFC 2986).

The request shows three things: by its topic who the broker let in, by the present key that this gateway asks, by its own
signature that the new key is there. The same request has the same answer, however often it is made.
"""

import base64
from typing import Annotated, Literal

import msgspec

MAX_PEM = 8_192
_PURPOSE = b"aislecue gateway renewal v1\n"
"""Goes into what is signed: no signature made for anything else is ever one of a renewal."""

_Pem = Annotated[str, msgspec.Meta(max_length=MAX_PEM)]


class Renewal(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway asks: its present certificate, a signing request of a new key, and the present key's signature over it."""

    v: Literal[1] = 1
    certificate: _Pem
    csr: _Pem
    signature: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,200}\Z")]


class Renewed(msgspec.Struct, frozen=True, kw_only=True):
    """What it is given: a certificate, or why not."""

    v: Literal[1] = 1
    certificate: _Pem | None = None
    refused: Annotated[str, msgspec.Meta(max_length=500)] | None = None


def renewal_bytes(csr: str) -> bytes:
    """Return what the present key signs (ECDSA, SHA-256)."""
    return _PURPOSE + csr.encode()


def to_text(signature: bytes) -> str:
    return base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
