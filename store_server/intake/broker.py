"""The server's MQTT connection, from CONNECT to its end; paho runs in its own thread, the event loop sees events (SPEC 7).

MQTT 5 with shared subscriptions, so that workers split the load; 3.1.1 without them where the broker knows no better.
"""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from protocol.messages import MAX_MESSAGE_BYTES
from protocol.topics import Leaf, every_gateway
from store_server.intake.errors import BrokerFault, OldBroker

KEEPALIVE_S = 20
CONNECT_TIMEOUT_S = 5
MAX_WAITING = 20_000
"""Messages not yet looked at: 20 s of a thousand gateways. Further ones are dropped and come again, unacknowledged."""
SHARE = "servers"

_UNSUPPORTED = ReasonCode(PacketTypes.CONNACK, "Unsupported protocol version")


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and how it knows us; without `ca_file` only on loopback."""

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


class Incoming(NamedTuple):
    """One message, not yet looked at."""

    topic: str
    payload: bytes


@dataclass(slots=True)
class Connection:
    """A live connection; `publish` never blocks, `lost` is set once it has gone."""

    _client: paho.Client
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    reason: str = ""
    dropped: Counter[str] = field(default_factory=Counter)
    _waiting: list[Incoming] = field(default_factory=list)
    _something: asyncio.Event = field(default_factory=asyncio.Event)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Hand a QoS 1 message to the connection; where it is lost, its reader asks again."""
        self._client.publish(topic, payload, qos=1, retain=retain)

    async def arrived(self) -> list[Incoming]:
        """Wait for messages and return all that came. Raises BrokerFault once the connection is lost."""
        await self._something.wait()
        if not self._waiting and self.lost.is_set():
            raise BrokerFault(f"connection lost: {self.reason}")
        batch, self._waiting = self._waiting, []
        if not self.lost.is_set():
            self._something.clear()
        return batch

    def take(self, message: Incoming) -> None:
        if len(self._waiting) >= MAX_WAITING:
            self.dropped["overload"] += 1
            return
        self._waiting.append(message)
        self._something.set()

    def end(self, reason: str) -> None:
        self.reason = reason
        self.lost.set()
        self._something.set()


@asynccontextmanager
async def connected(broker: Broker, topic: str | None = None) -> AsyncIterator[Connection]:
    """Connect and subscribe to what gateways say, or to one topic alone. Raises BrokerFault."""
    try:
        connection = await _connect(broker, topic, MQTTProtocolVersion.MQTTv5)
    except OldBroker:
        connection = await _connect(broker, topic, MQTTProtocolVersion.MQTTv311)
    try:
        yield connection
    finally:
        await _close(connection._client)


def subscriptions(version: MQTTProtocolVersion) -> list[tuple[str, int]]:
    """Return what to subscribe to; a status is retained, which a shared subscription would not be given (MQTT 5, 4.8.2)."""
    share = SHARE if version is MQTTProtocolVersion.MQTTv5 else None
    shared = [every_gateway(leaf, share) for leaf in (Leaf.PRESENCE, Leaf.HEALTH, Leaf.RESULT, Leaf.RENEWAL)]
    return [(topic, 1) for topic in (*shared, every_gateway(Leaf.STATUS))]


async def _connect(broker: Broker, topic: str | None, version: MQTTProtocolVersion) -> Connection:
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=broker.client_id,
        clean_session=None if version is MQTTProtocolVersion.MQTTv5 else True,
        protocol=version,
        reconnect_on_failure=False,
    )
    client.connect_timeout = CONNECT_TIMEOUT_S
    client.on_socket_open = _send_at_once
    client.max_inflight_messages_set(1_000)
    if broker.password is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.ca_file is not None:
        client.tls_set_context(_tls(broker, broker.ca_file))
    connection = Connection(client)
    topics = subscriptions(version) if topic is None else [(topic, 1)]
    events = _Events(connection, topics, may_be_old=version is MQTTProtocolVersion.MQTTv5)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            client.connect_async(broker.host, broker.port, KEEPALIVE_S)
            client.loop_start()
            await events.answer
    except TimeoutError as fault:
        await _close(client)
        raise BrokerFault(f"{broker.host}:{broker.port} did not answer in {CONNECT_TIMEOUT_S} s") from fault
    except BaseException:
        await _close(client)
        raise
    return connection


def _send_at_once(_client: paho.Client, _userdata: Any, connection: Any) -> None:
    # Nagle holds an ack behind a PUBACK until the peer's delayed ACK, 40 ms later on Linux.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _tls(broker: Broker, ca_file: Path) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(ca_file))
        if broker.cert_file is not None:
            context.load_cert_chain(broker.cert_file, broker.key_file)
    except (OSError, ssl.SSLError) as fault:
        raise BrokerFault(f"certificates cannot be used: {fault}") from fault
    return context


class _Events:
    """paho's callbacks, which come in its thread, turned into events of the loop that made this."""

    def __init__(self, connection: Connection, topics: list[tuple[str, int]], *, may_be_old: bool) -> None:
        self._connection, self._topics, self._may_be_old = connection, topics, may_be_old
        self._loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[None] = self._loop.create_future()
        client = connection._client
        client.on_connect, client.on_subscribe = self._on_connect, self._on_subscribe
        client.on_connect_fail, client.on_disconnect = self._on_connect_fail, self._on_disconnect
        client.on_message = self._on_message

    def _on_connect(self, client: paho.Client, _u: Any, _f: Any, code: ReasonCode, _p: Any) -> None:
        if not code.is_failure:
            client.subscribe(self._topics)
        elif self._may_be_old and code == _UNSUPPORTED:
            self._soon(self._refuse, OldBroker(str(code)))
        else:
            self._soon(self._refuse, BrokerFault(f"the broker refuses us: {code}"))

    def _on_subscribe(self, _c: paho.Client, _u: Any, _m: int, codes: list[ReasonCode], _p: Any) -> None:
        refused = [str(code) for code in codes if code.is_failure]
        if refused:
            self._soon(self._refuse, BrokerFault(f"the broker refuses a subscription: {refused[0]}"))
        else:
            self._soon(self._accept)

    def _on_connect_fail(self, *_: Any) -> None:
        self._soon(self._refuse, BrokerFault("the broker cannot be reached"))

    def _on_disconnect(self, _c: paho.Client, _u: Any, _f: Any, code: ReasonCode, _p: Any) -> None:
        self._soon(self._gone, str(code))

    def _on_message(self, _c: paho.Client, _u: Any, message: paho.MQTTMessage) -> None:
        # One byte over the bound is enough for `decode` to refuse it; the rest need not be kept waiting.
        payload = bytes(message.payload[: MAX_MESSAGE_BYTES + 1])
        self._soon(self._connection.take, Incoming(message.topic, payload))

    def _soon(self, call: Callable[..., None], *arguments: object) -> None:
        self._loop.call_soon_threadsafe(call, *arguments)

    def _accept(self) -> None:
        if not self.answer.done():
            self.answer.set_result(None)

    def _refuse(self, fault: BrokerFault) -> None:
        if not self.answer.done():
            self.answer.set_exception(fault)

    def _gone(self, reason: str) -> None:
        self._connection.end(reason)
        kind = OldBroker if self._may_be_old else BrokerFault
        self._refuse(kind(f"the broker hung up: {reason}"))


async def _close(client: paho.Client) -> None:
    client.on_connect = client.on_connect_fail = client.on_disconnect = None
    client.on_message = client.on_subscribe = None
    client.disconnect()
    # Joins paho's thread, which may still be waiting for a connection.
    await asyncio.to_thread(client.loop_stop)
