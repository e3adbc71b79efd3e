"""An MQTT broker inside this process: amqtt, loopback only, behind a password made for one run (docs/architecture.md)."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session

from protocol.topics import Leaf, every_gateway

HOST = "127.0.0.1"
LISTENER = "default"
KNOWN_LEVEL = 4
"""MQTT 3.1.1, all that amqtt speaks."""
UNACCEPTABLE_LEVEL = b"\x20\x02\x00\x01"
"""CONNACK with return code 1, as 3.1.1 answers a later protocol (MQTT 3.1.1, 3.2.2.3): clients come again with 3.1.1."""
MORE_LENGTH, MAX_FIXED_HEADER = 0x80, 5
NAME_AND_LEVEL = 7
"""Bytes of CONNECT's protocol name, "MQTT" with its length, and level."""


@dataclass(frozen=True, slots=True)
class BrokerDoor:
    """Where the broker listens and what opens it."""

    host: str
    port: int
    username: str
    password: str
    broker: Broker

    def unheard(self) -> str | None:
        """Return what nobody listens to yet, or None once a server has subscribed to gateways."""
        topic = every_gateway(Leaf.PRESENCE)
        return None if topic in self.broker.subscriptions else f"no subscriber of {topic}"


class OnePassword(BaseAuthPlugin):  # type: ignore[misc]  # amqtt carries no types
    """Let in who knows this run's password; without a plugin of its own amqtt lets in anybody."""

    @dataclass
    class Config:
        """What amqtt hands to the plugin."""

        username: str = ""
        password: str = ""

    async def authenticate(self, *, session: Session) -> bool:
        known = hmac.compare_digest(session.password or "", self.config.password)
        return known and session.username == self.config.username


@asynccontextmanager
async def open_broker() -> AsyncIterator[BrokerDoor]:
    """Run a broker on a free loopback port for as long as the context lasts."""
    username, password = "store", token_urlsafe(24)
    plugin = f"{OnePassword.__module__}.{OnePassword.__qualname__}"
    config = BrokerConfig(
        listeners={LISTENER: ListenerConfig(type=ListenerType.EXTERNAL)},
        plugins={plugin: {"username": username, "password": password}},
    )
    broker = Broker(config, loop=asyncio.get_running_loop())
    broker._subscriptions = _Steady()
    await broker.start()
    try:
        async with await _listen(broker) as server:
            port = server.sockets[0].getsockname()[1]
            yield BrokerDoor(HOST, port, username, password, broker)
    finally:
        await broker.shutdown()


async def _listen(broker: Broker) -> asyncio.Server:
    # amqtt's own listener cannot say which port it got, and a port chosen beforehand may be gone by then.
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await _connect_head(reader)
            if head[-1] > KNOWN_LEVEL:
                writer.write(UNACCEPTABLE_LEVEL)
                await writer.drain()
                writer.close()
                return
            adapters = _Unread(head, reader), StreamWriterAdapter(writer)
            await broker.external_connected(*adapters, LISTENER)
        except (asyncio.IncompleteReadError, OSError):
            writer.close()  # the client has gone; the broker's session is over by itself

    return await asyncio.start_server(connected, HOST, 0)


class _Steady(dict[str, Any]):
    """Subscriptions that may change while somebody goes through them: amqtt awaits inside such loops, and dies of it."""

    def __iter__(self) -> Iterator[str]:
        return iter(list(super().keys()))

    def items(self) -> Any:
        return list(super().items())


async def _connect_head(reader: asyncio.StreamReader) -> bytes:
    """Read a CONNECT up to its protocol level: amqtt would wait for ever for the rest of a later MQTT's."""
    head = await reader.readexactly(2)
    while head[-1] & MORE_LENGTH and len(head) <= MAX_FIXED_HEADER:
        head += await reader.readexactly(1)
    return head + await reader.readexactly(NAME_AND_LEVEL)


class _Unread(StreamReaderAdapter):  # type: ignore[misc]  # amqtt carries no types
    """A reader that begins with bytes already read."""

    def __init__(self, head: bytes, reader: asyncio.StreamReader) -> None:
        super().__init__(reader)
        self._head = head

    async def read(self, n: int = -1) -> bytes:
        if not self._head:
            rest: bytes = await super().read(n)
            return rest
        part, self._head = (self._head, b"") if n < 0 else (self._head[:n], self._head[n:])
        return part if n < 0 or len(part) == n else part + await super().read(n - len(part))
