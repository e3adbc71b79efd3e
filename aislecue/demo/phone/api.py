"""The store server's door for apps (SPEC 8, /docs of a running server); the only file of this client that knows HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import httpx
import msgspec

from aislecue.demo.phone.regions import Region
from protocol.instants import Instant, format_instant

TIMEOUT = httpx.Timeout(10.0)
"""Of each network step; a phone on a bad network tries again."""
TOO_MANY, SERVER_FAULT = 429, 500
"""From SERVER_FAULT on, and at TOO_MANY: come back later; to the client the same as no answer."""

ReceiptKind = Literal["displayed", "opened", "dismissed", "not-today"]


class Upload(msgspec.Struct, frozen=True):
    """How to send sightings: one upload each `every_s` at most, unless something changed; waits after failures."""

    every_s: float
    max_batch: int
    keep_s: float
    backoff_s: tuple[float, ...]


class AppConfig(msgspec.Struct, frozen=True):
    """What an app is told before it does anything."""

    regions: tuple["MonitoredRegion", ...]
    upload: Upload
    vapid_public_key: str | None = None


class MonitoredRegion(msgspec.Struct, frozen=True):
    """One region to monitor; without a major, all beacons of the UUID."""

    uuid: str
    major: int | None = None

    @property
    def region(self) -> Region:
        return Region(self.uuid, self.major)


class Uploaded(msgspec.Struct, frozen=True):
    """The answer to an upload, given after the server's durable commit."""

    accepted: int
    ignored: dict[str, int] = {}


class InboxMessage(msgspec.Struct, frozen=True):
    """A message the shopper finds quietly."""

    id: str
    at: str
    store: str
    title: str | None
    body: str
    link: str | None
    state: str


class _Credential(msgspec.Struct, frozen=True):
    install: str
    credential: str


class _Inbox(msgspec.Struct, frozen=True):
    messages: tuple[InboxMessage, ...]


@dataclass(frozen=True, slots=True)
class PushTarget:
    """Where this install takes pushes, as the Push API's toJSON gives it."""

    subscription: Mapping[str, object]

    def wire(self) -> dict[str, object]:
        return {"kind": "webpush", "address": dict(self.subscription)}


class StoreApi:
    """One install's requests. Every method raises httpx.TransportError where no answer came, HTTPStatusError on a refusal."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._headers: dict[str, str] = {}
        self._inbox: tuple[InboxMessage, ...] = ()
        self._inbox_validator = ""
        self.install_id = ""

    async def app_config(self) -> AppConfig:
        answer = await self._send("GET", "/v1/app-config")
        return msgspec.json.decode(answer.content, type=AppConfig)

    async def install(self, *, locale: str) -> None:
        """Get a credential of our own; who the shopper is, the server derives from it."""
        answer = await self._send("POST", "/v1/installs", {"platform": "reference", "locale": locale})
        credential = msgspec.json.decode(answer.content, type=_Credential)
        self.install_id = credential.install
        self._headers = {"Authorization": f"Bearer {credential.credential}"}

    async def put_consents(self, consents: Mapping[str, bool], push: PushTarget | None) -> None:
        wish: dict[str, object] = dict(consents)
        if push is not None and consents.get("push"):
            wish["push_address"] = push.wire()
        await self._send("PUT", "/v1/consents", wish)

    async def post_sightings(self, sightings: Sequence[Mapping[str, object]]) -> Uploaded:
        answer = await self._send("POST", "/v1/sightings", {"sightings": list(sightings)})
        return msgspec.json.decode(answer.content, type=Uploaded)

    async def post_receipt(self, message: str, kind: ReceiptKind, at: Instant) -> None:
        await self._send("POST", "/v1/receipts", {"kind": kind, "message": message, "at": format_instant(at)})

    async def inbox(self) -> tuple[InboxMessage, ...]:
        """Return the inbox; an unchanged one costs an empty answer."""
        answer = await self._send("GET", "/v1/inbox", validator=self._inbox_validator)
        if answer.status_code != httpx.codes.NOT_MODIFIED:
            self._inbox_validator = answer.headers.get("etag", "")
            self._inbox = msgspec.json.decode(answer.content, type=_Inbox).messages
        return self._inbox

    async def _send(
        self, method: str, path: str, body: object = None, *, validator: str = ""
    ) -> httpx.Response:
        headers = {**self._headers, "Content-Type": "application/json"}
        if validator:
            headers["If-None-Match"] = validator
        content = None if body is None else msgspec.json.encode(body)
        answer = await self._http.request(method, path, content=content, headers=headers, timeout=TIMEOUT)
        if answer.status_code == TOO_MANY or answer.status_code >= SERVER_FAULT:
            raise httpx.RemoteProtocolError(f"status {answer.status_code}", request=answer.request)
        if answer.status_code != httpx.codes.NOT_MODIFIED:
            answer.raise_for_status()
        return answer
