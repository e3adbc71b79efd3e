"""Web Push to browsers: RFC 8030 (TTL, Topic, Urgency, statuses), encrypted by RFC 8291, signed by RFC 8292."""

import json
import re
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from hashlib import sha256
from urllib.parse import urlsplit

import httpx

from protocol.instants import SECOND, Instant, from_datetime
from store_server.delivery.answer import (
    Accepted,
    Answer,
    Gone,
    InvalidAddress,
    Misconfigured,
    Refused,
    RetryAfter,
    Unknown,
    Unreached,
)
from store_server.delivery.encryption import MAX_PLAINTEXT, encrypt, fresh, to_base64url
from store_server.delivery.errors import BadAddress
from store_server.delivery.port import Address, Message
from store_server.delivery.subscription import Subscription, read_subscription
from store_server.delivery.vapid import Vapid

TIMEOUT = httpx.Timeout(10.0)
"""Of each network step; a push that takes longer is asked for again, within its deadline."""
LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=20)
"""One for each attempt under way (store_server.delivery.dispatch): none waits for a service that hangs to let go of one."""
TOPIC_BYTES = 24
"""32 base64url characters, the most RFC 8030, 5.4 allows."""

_SECONDS = re.compile(r"\d{1,9}", re.ASCII)


def new_client() -> httpx.AsyncClient:
    """Return a client that follows no redirect: an endpoint was judged, what it points to was not."""
    return httpx.AsyncClient(timeout=TIMEOUT, limits=LIMITS, follow_redirects=False, trust_env=False)


@dataclass(frozen=True, slots=True)
class WebPush:
    """The channel to browsers; the same Topic on every attempt makes a second copy replace the first."""

    client: httpx.AsyncClient
    vapid: Vapid
    allow_loopback: bool = False
    kind: str = "webpush"
    collapses: bool = True

    def provider(self, address: Address) -> str:
        """Return the push service's host."""
        try:
            subscription = read_subscription(address.value, allow_loopback=self.allow_loopback)
        except BadAddress:
            return ""
        return urlsplit(subscription.endpoint).netloc

    async def send(self, message: Message, address: Address, now: Instant) -> Answer:
        """Encrypt for the browser and POST once."""
        try:
            subscription = read_subscription(address.value, allow_loopback=self.allow_loopback)
        except BadAddress as fault:
            return InvalidAddress(str(fault))
        plaintext = payload(message)
        if len(plaintext) > MAX_PLAINTEXT:
            return Misconfigured(f"a payload of at most {MAX_PLAINTEXT} bytes expected, got {len(plaintext)}")
        return await self._post(
            subscription, message, encrypt(plaintext, subscription.recipient, fresh()), now
        )

    async def _post(self, to: Subscription, message: Message, body: bytes, now: Instant) -> Answer:
        headers = {
            "Authorization": self.vapid.authorization(to.origin, now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(ttl_s(message.deadline_at, now)),
            "Topic": topic(message.id),
            "Urgency": "high",  # it helps now or never: the deadline is minutes away
        }
        try:
            async with self.client.stream("POST", to.endpoint, content=body, headers=headers) as answer:
                return read_answer(answer.status_code, answer.headers.get("retry-after"), now)
        except (
            httpx.InvalidURL,
            UnicodeError,
        ) as fault:  # from the host's name, before there is a connection
            return InvalidAddress(
                f"an endpoint that can be connected to expected, got {type(fault).__name__}"
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as fault:
            return Unreached(f"not reached: {type(fault).__name__}")
        except httpx.TransportError as fault:
            return Unknown(f"no answer: {type(fault).__name__}")


def payload(message: Message) -> bytes:
    """Return what the service worker shows: words, link, and the id that receipts name."""
    content = {
        "id": message.id,
        "title": message.title,
        "body": message.body,
        "link": message.link,
        "deadline_at": message.deadline_at,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def ttl_s(deadline_at: Instant, now: Instant) -> int:
    """Return for how many whole seconds the push service may keep the message."""
    return max(0, deadline_at - now) // SECOND


def topic(message_id: str) -> str:
    """Return the collapse name of a message: 32 characters of base64url."""
    return to_base64url(sha256(message_id.encode()).digest()[:TOPIC_BYTES])


def read_answer(status: int, retry_after: str | None, now: Instant) -> Answer:
    """Translate a push service's status (RFC 8030, 5 and 8.4; RFC 8292, 4.2)."""
    match status:
        case 200 | 201 | 202 | 204:
            return Accepted()
        case 404 | 410:
            return Gone()
        case 400:
            return InvalidAddress(f"status {status}")
        case 408 | 425 | 429:
            return RetryAfter(f"status {status}", _wait_ms(retry_after, now))
        case 401 | 403:
            return Refused(f"status {status}")
        case _ if status >= 500:
            return RetryAfter(f"status {status}", _wait_ms(retry_after, now))
        case _:
            return Misconfigured(f"status {status}")


def _wait_ms(retry_after: str | None, now: Instant) -> Instant | None:
    """Read Retry-After, seconds or a date (RFC 9110, 10.2.3); None where it says neither."""
    if retry_after is None:
        return None
    if _SECONDS.fullmatch(retry_after.strip()):
        return int(retry_after) * SECOND
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0, from_datetime(until if until.tzinfo else until.replace(tzinfo=UTC)) - now)
