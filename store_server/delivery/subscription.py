"""A browser's push subscription as the Push API's toJSON gives it (W3C Push API, 8), judged before it is kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from store_server.delivery.encryption import Recipient, from_base64url, to_base64url
from store_server.delivery.errors import BadAddress

PUSH_SERVICES = (
    "fcm.googleapis.com",
    "push.apple.com",
    "push.services.mozilla.com",
    "notify.windows.com",
)
"""The browsers' push services. An endpoint is a stranger's wish for our server to POST somewhere: never into our own net."""
MAX_ENDPOINT = 2_048
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})

_LABEL = re.compile(r"(?!xn--)[a-z0-9-]{1,63}")
"""No push service needs more, and libraries on the way to the socket raise over what is no good IDNA (RFC 5891)."""
_UNSAFE = re.compile(r"[\s\\@]|[^\x21-\x7e]")


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a browser's pushes go and the keys to encrypt for it."""

    endpoint: str
    recipient: Recipient

    @property
    def origin(self) -> str:
        """Return what a VAPID token for this endpoint names as audience (RFC 8292, 2)."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def address(self) -> dict[str, Any]:
        """Return what is kept of it: nothing but what a push needs, whatever else a browser or a stranger sent."""
        keys = {"p256dh": self.recipient.p256dh, "auth": self.recipient.auth}
        return {"endpoint": self.endpoint, "keys": {name: to_base64url(key) for name, key in keys.items()}}


def read_subscription(value: Mapping[str, Any], *, allow_loopback: bool = False) -> Subscription:
    """Read `{"endpoint", "keys": {"p256dh", "auth"}}`. Raises BadAddress."""
    endpoint, keys = value.get("endpoint"), value.get("keys")
    if not isinstance(endpoint, str) or not isinstance(keys, Mapping):
        raise BadAddress("a subscription with endpoint and keys expected, got neither or one")
    _judge_endpoint(endpoint, allow_loopback=allow_loopback)
    return Subscription(endpoint, Recipient(_key(keys, "p256dh"), _key(keys, "auth")))


def _judge_endpoint(endpoint: str, *, allow_loopback: bool) -> None:
    if len(endpoint) > MAX_ENDPOINT or _UNSAFE.search(endpoint):
        raise BadAddress(
            f"an endpoint of at most {MAX_ENDPOINT} plain characters expected, got something else"
        )
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError as fault:
        raise BadAddress(f"an endpoint that is a URL expected, got {fault}") from fault
    if allow_loopback and host in LOOPBACK_HOSTS and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https" or port not in (None, 443) or not _is_push_service(host):
        raise BadAddress(
            f"an https endpoint of a browser's push service expected, got {parts.scheme}://{host}"
        )


def _is_push_service(host: str) -> bool:
    known = any(host == service or host.endswith(f".{service}") for service in PUSH_SERVICES)
    return known and all(_LABEL.fullmatch(label) for label in host.split("."))


def _key(keys: Mapping[str, Any], name: str) -> bytes:
    text = keys.get(name)
    if not isinstance(text, str):
        raise BadAddress(f"keys.{name} as text expected, got {type(text).__name__}")
    try:
        return from_base64url(text)
    except ValueError as fault:
        raise BadAddress(f"keys.{name} as base64url expected, got {fault}") from fault
