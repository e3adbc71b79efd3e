"""An MQTT broker inside this process: amqtt, loopback only, behind a password made for one run (docs/architecture.md)."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from secrets import token_urlsafe

from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session

HOST = "127.0.0.1"
LISTENER = "default"


@dataclass(frozen=True, slots=True)
class BrokerDoor:
    """Where the broker listens and what opens it."""

    host: str
    port: int
    username: str
    password: str


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
    await broker.start()
    try:
        async with await _listen(broker) as server:
            port = server.sockets[0].getsockname()[1]
            yield BrokerDoor(HOST, port, username, password)
    finally:
        await broker.shutdown()


async def _listen(broker: Broker) -> asyncio.Server:
    # amqtt's own listener cannot say which port it got, and a port chosen beforehand may be gone by then.
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await broker.external_connected(StreamReaderAdapter(reader), StreamWriterAdapter(writer), LISTENER)

    return await asyncio.start_server(connected, HOST, 0)
