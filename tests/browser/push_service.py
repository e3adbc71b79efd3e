"""A push service of our own on loopback: Mozilla's autopush protocol to a real Firefox, RFC 8030 to senders.

Sources: autopush-rs documentation, "HTTP Endpoints" and "WebSocket protocol"; RFC 8030 sections 5 and 6; RFC 8292.
"""

from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from store_server.delivery.encryption import from_base64url, to_base64url


@dataclass
class Subscription:
    """One channel of one browser, bound to the application server's key."""

    agent: str
    channel: str
    key: bytes
    waiting: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """(topic, notification) kept while the browser is away."""


class PushService:
    """Browsers at its WebSocket, senders at its POST; `received` keeps every push's headers."""

    def __init__(self) -> None:
        self.origin = ""
        self.received: list[dict[str, str]] = []
        self.acknowledged: list[str] = []
        self._agents: dict[str, WebSocket] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self.app = Starlette(
            routes=[
                WebSocketRoute("/", self._browser),
                Route("/push/{token}", self._push, methods=["POST"]),
            ]
        )

    async def _browser(self, socket: WebSocket) -> None:
        offered = socket.scope.get("subprotocols", [])
        await socket.accept(subprotocol="push-notification" if "push-notification" in offered else None)
        agent = ""
        try:
            while True:
                said = await socket.receive_json()
                if said.get("messageType") == "hello":
                    agent = said.get("uaid") or token_hex(16)
                    self._agents[agent] = socket
                await self._answer(socket, agent, said)
        except WebSocketDisconnect:
            self._agents.pop(agent, None)

    async def _answer(self, socket: WebSocket, agent: str, said: dict[str, Any]) -> None:
        kind = said.get("messageType")
        if kind == "hello":
            await socket.send_json(
                {"messageType": kind, "uaid": agent, "status": 200, "use_webpush": True, "broadcasts": {}}
            )
            for subscription in self._subscriptions.values():
                if subscription.agent == agent:
                    await self._flush(subscription)
        elif kind == "register":
            token = token_hex(16)
            key = from_base64url(said["key"])
            self._subscriptions[token] = Subscription(agent, said["channelID"], key)
            endpoint = f"{self.origin}/push/{token}"
            await socket.send_json(
                {"messageType": kind, "channelID": said["channelID"], "status": 200, "pushEndpoint": endpoint}
            )
        elif kind == "unregister":
            kept = {t: s for t, s in self._subscriptions.items() if s.channel != said["channelID"]}
            self._subscriptions = kept
            await socket.send_json({"messageType": kind, "channelID": said["channelID"], "status": 200})
        elif kind == "ack":
            self.acknowledged += [update["version"] for update in said["updates"]]
        elif not said:
            await socket.send_text("{}")  # a ping

    async def _push(self, request: Request) -> Response:
        subscription = self._subscriptions.get(request.path_params["token"])
        if subscription is None:
            return Response(status_code=410)
        if _sender(request) != subscription.key:
            return Response(status_code=403)
        body = await request.body()
        if "ttl" not in request.headers or len(body) > 4096:
            return Response(status_code=413 if len(body) > 4096 else 400)
        self.received.append(dict(request.headers))
        topic = request.headers.get("topic", "")
        notification = {
            "messageType": "notification",
            "channelID": subscription.channel,
            "version": token_hex(16),
            "ttl": int(request.headers["ttl"]),
            "data": to_base64url(body),
            "headers": {"encoding": request.headers["content-encoding"]},
        }
        kept = [(t, n) for t, n in subscription.waiting if not topic or t != topic]
        subscription.waiting = [*kept, (topic, notification)]
        await self._flush(subscription)
        return Response(
            status_code=201, headers={"Location": f"{self.origin}/message/{notification['version']}"}
        )

    async def _flush(self, subscription: Subscription) -> None:
        socket = self._agents.get(subscription.agent)
        while socket is not None and subscription.waiting:
            await socket.send_json(subscription.waiting.pop(0)[1])


def _sender(request: Request) -> bytes:
    """Return the key a push is signed for; the signature itself is proven in tests/store_server/delivery."""
    _, _, fields = request.headers.get("authorization", "").partition(" ")
    keys = [part.strip().removeprefix("k=") for part in fields.split(",") if part.strip().startswith("k=")]
    return from_base64url(keys[0]) if keys else b""
