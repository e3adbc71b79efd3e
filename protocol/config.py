"""A gateway's configuration as it travels: signed, versioned, retained on `config` (SPEC 7; Ed25519, RFC 8032).

The signature is over the exact text, so that no two JSON writers need to agree on spaces.
"""

from typing import Annotated, Literal

import msgspec

from protocol.messages import MAX_SEQ, ProximityUuid

MAX_UUIDS = 64
"""Far more than a chain has: one UUID identifies the chain, one each kind of tag."""
_PURPOSE = b"aislecue gateway config v1\n"
"""Goes into what is signed: no signature made for anything else is ever one of a configuration."""


class GatewayConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a server tells one gateway; a version never comes twice with different content."""

    v: Literal[1] = 1
    store: str
    gateway: str
    version: Annotated[int, msgspec.Meta(ge=1, le=MAX_SEQ)]
    allowed_uuids: Annotated[tuple[ProximityUuid, ...], msgspec.Meta(min_length=1, max_length=MAX_UUIDS)]


class SignedConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a GatewayConfig and its signature, base64url without padding."""

    config: str
    signature: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{86}\Z")]


def signed_bytes(config: str) -> bytes:
    """Return what the signature is over."""
    return _PURPOSE + config.encode()
