import json

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

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
from store_server.delivery.encryption import CURVE, point, to_base64url
from store_server.delivery.errors import BadAddress
from store_server.delivery.port import Address, Message
from store_server.delivery.subscription import read_subscription
from store_server.delivery.vapid import Vapid
from store_server.delivery.webpush import WebPush, read_answer, topic
from tests.store_server.delivery.test_encryption import AUTH, decrypt

NOW = 1_790_000_000_000
BROWSER = ec.generate_private_key(CURVE)
KEYS = {"p256dh": to_base64url(point(BROWSER.public_key())), "auth": to_base64url(AUTH)}
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/abc"
ADDRESS = Address("install-1", "webpush", {"endpoint": ENDPOINT, "keys": KEYS})
MESSAGE = Message(
    id="0b6ef4e4-3b5e-4a4c-9d5f-0d6f4c1b8a11",
    campaign="shoes-help",
    store="milan-duomo",
    title="Serve aiuto?",
    body="Chiedi ad Anna — è al banco.",
    link="https://example.com/it/scarpe",
    created_at=NOW - 5_000,
    deadline_at=NOW + 90_500,
)


class PushService(httpx.AsyncBaseTransport):
    """A push service of one answer, with what it was sent."""

    def __init__(self, answer: httpx.Response | Exception) -> None:
        self.answer, self.requests = answer, list[httpx.Request]()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def sent(service: PushService, message: Message = MESSAGE, address: Address = ADDRESS) -> Answer:
    vapid = Vapid(ec.generate_private_key(CURVE), "mailto:push@shop.example")
    async with httpx.AsyncClient(transport=service) as client:
        return await WebPush(client, vapid).send(message, address, NOW)


async def test_a_push_is_encrypted_short_lived_urgent_and_collapses_on_its_id() -> None:
    service = PushService(httpx.Response(201))

    assert await sent(service) == Accepted()

    request = service.requests[0]
    assert str(request.url) == ENDPOINT
    assert request.headers["ttl"] == "90"
    assert request.headers["urgency"] == "high"
    assert request.headers["content-encoding"] == "aes128gcm"
    assert request.headers["topic"] == topic(MESSAGE.id)
    assert request.headers["authorization"].startswith("vapid t=")
    shown = json.loads(decrypt(request.content, BROWSER, AUTH))
    assert shown == {
        "id": MESSAGE.id,
        "title": "Serve aiuto?",
        "body": "Chiedi ad Anna — è al banco.",
        "link": "https://example.com/it/scarpe",
        "deadline_at": MESSAGE.deadline_at,
    }


def test_a_topic_is_32_characters_of_base64url_and_the_message_s_own() -> None:
    assert len(topic("a")) == 32
    assert topic("a") == topic("a") != topic("b")
    assert set(topic("a")) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize(
    ("status", "retry_after", "answer"),
    [
        (201, None, Accepted()),
        (404, None, Gone()),
        (410, None, Gone()),
        (400, None, InvalidAddress("status 400")),
        (401, None, Refused("status 401")),
        (403, None, Refused("status 403")),
        (413, None, Misconfigured("status 413")),
        (302, None, Misconfigured("status 302")),
        (429, "7", RetryAfter("status 429", 7_000)),
        (503, "Mon, 21 Sep 2026 14:13:40 GMT", RetryAfter("status 503", 20_000)),
        (503, "soon", RetryAfter("status 503", None)),
        (500, None, RetryAfter("status 500", None)),
    ],
)
def test_every_status_has_one_meaning(status: int, retry_after: str | None, answer: Answer) -> None:
    assert read_answer(status, retry_after, NOW) == answer


async def test_a_service_that_was_not_reached_took_nothing() -> None:
    assert await sent(PushService(httpx.ConnectError("refused"))) == Unreached("not reached: ConnectError")


@pytest.mark.parametrize("fault", [UnicodeError("label empty or too long"), httpx.InvalidURL("no URL")])
async def test_a_host_that_no_library_can_name_is_an_address_that_cannot_be_used(fault: Exception) -> None:
    assert isinstance(await sent(PushService(fault)), InvalidAddress)


async def test_an_answer_that_never_came_is_unknown() -> None:
    assert await sent(PushService(httpx.ReadTimeout("silence"))) == Unknown("no answer: ReadTimeout")


async def test_a_text_too_long_for_a_push_is_not_sent() -> None:
    service = PushService(httpx.Response(201))
    message = Message("m", "c", "s", "t", "x" * 4_096, None, NOW, NOW + 1_000)

    assert isinstance(await sent(service, message), Misconfigured)
    assert service.requests == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://updates.push.services.mozilla.com/x",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost:8443/x",
        "https://updates.push.services.mozilla.com:8443/x",
        "https://updates.push.services.mozilla.com@evil.example/x",
        "https://evil.example/updates.push.services.mozilla.com",
        "https://evilpush.apple.com.example/x",
        "https://notpush.apple.com.evil/x",
        "https://xpush.apple.com/x",
        "file:///etc/passwd",
        "https://xn--.fcm.googleapis.com/x",
        "https://a.xn--80ak6aa92e.fcm.googleapis.com/x",
        "https://a..fcm.googleapis.com/x",
        "https://under_score.fcm.googleapis.com/x",
        "https://" + "x" * 64 + ".fcm.googleapis.com/x",
        "https://[::1]/x",
        "https://fcm.googleapis.com/" + "x" * 2_048,
    ],
)
async def test_an_endpoint_that_is_no_push_service_is_never_posted_to(endpoint: str) -> None:
    service = PushService(httpx.Response(201))

    answer = await sent(service, address=Address("i", "webpush", {"endpoint": endpoint, "keys": KEYS}))

    assert isinstance(answer, InvalidAddress)
    assert service.requests == []


def test_a_loopback_push_service_counts_only_where_the_operator_allows_it() -> None:
    value = {"endpoint": "http://localhost:8191/wpush/1", "keys": KEYS}

    assert read_subscription(value, allow_loopback=True).origin == "http://localhost:8191"
    with pytest.raises(BadAddress):
        read_subscription(value)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"endpoint": ENDPOINT},
        {"endpoint": ENDPOINT, "keys": {"auth": "x"}},
        {"endpoint": 1, "keys": KEYS},
        {"endpoint": ENDPOINT, "keys": {**KEYS, "auth": "ä"}},
        {"endpoint": ENDPOINT, "keys": {**KEYS, "p256dh": "AAAA"}},
    ],
)
def test_a_malformed_subscription_is_refused_in_words(value: dict[str, object]) -> None:
    with pytest.raises(BadAddress, match="expected, got"):
        read_subscription(value)
