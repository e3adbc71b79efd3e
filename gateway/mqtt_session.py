"""One MQTT connection from CONNECT to its end; paho runs in its own thread, the event loop sees events (SPEC 7)."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from gateway.errors import BrokerFault
from gateway.link import Incoming, Will
from gateway.settings import BrokerSettings
from protocol.messages import MAX_MESSAGE_BYTES

# The server has a session of its own (store_server/intake/broker.py), alike in its first half: the programs never import each
# other, the shared words do no I/O, and they differ in what they are for: one message and its will here, batches there.

KEEPALIVE_S = 20
"""A broker that went away without a word is noticed after 1.5 times this, before a status would be stale."""
CONNECT_TIMEOUT_S = 5
CLOSE_TIMEOUT_S = 5
MAX_INFLIGHT = 400
"""Unconfirmed QoS 1 messages on the wire; above what the uplink lets out at once."""
MAX_INBOX = 1_000
"""Messages from the server not yet looked at; further ones are dropped, the server's acks come again."""

_UNSUPPORTED_VERSION = ReasonCode(PacketTypes.CONNACK, "Unsupported protocol version")
_WITH_WILL = ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message")


@dataclass(slots=True)
class Session:
    """A live connection (gateway.link.Link)."""

    _client: paho.Client
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    inbox: asyncio.Queue[Incoming] = field(default_factory=lambda: asyncio.Queue(MAX_INBOX))
    reason: str = ""

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        if self.lost.is_set():
            return False
        return self._client.publish(topic, payload, qos=1, retain=retain).rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    async def publish_last(self, topic: str, payload: bytes, *, retain: bool) -> None:
        sent = self._client.publish(topic, payload, qos=1, retain=retain)
        if sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
            await asyncio.to_thread(sent.wait_for_publish, CLOSE_TIMEOUT_S)


@asynccontextmanager
async def open_session(
    broker: BrokerSettings, client_id: str, will: Will, topics: Sequence[str]
) -> AsyncIterator[Session]:
    """Connect by MQTT 5, or 3.1.1 where the broker knows no better, and subscribe; given up as `lost`, it leaves its will.

    Raises BrokerFault.
    """
    try:
        session = await _connect(broker, client_id, will, topics, MQTTProtocolVersion.MQTTv5)
    except _OldBroker:
        session = await _connect(broker, client_id, will, topics, MQTTProtocolVersion.MQTTv311)
    try:
        yield session
    finally:
        await _close(session._client, leave_will=session.lost.is_set())


class _OldBroker(BrokerFault):
    """The broker does not speak MQTT 5."""


async def _connect(
    broker: BrokerSettings, client_id: str, will: Will, topics: Sequence[str], version: MQTTProtocolVersion
) -> Session:
    client = _client(broker, client_id, will, version)
    session = Session(client)
    events = _Events(session, topics, old_broker_possible=version is MQTTProtocolVersion.MQTTv5)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            if version is MQTTProtocolVersion.MQTTv5:
                client.connect_async(broker.host, broker.port, KEEPALIVE_S, clean_start=True)
            else:
                client.connect_async(broker.host, broker.port, KEEPALIVE_S)
            client.loop_start()
            await events.answer
    except TimeoutError as fault:
        await _close(client)
        raise BrokerFault(f"{broker.host}:{broker.port} did not answer in {CONNECT_TIMEOUT_S} s") from fault
    except BaseException:
        await _close(client)
        raise
    return session


def _client(broker: BrokerSettings, client_id: str, will: Will, version: MQTTProtocolVersion) -> paho.Client:
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=None if version is MQTTProtocolVersion.MQTTv5 else True,
        protocol=version,
        reconnect_on_failure=False,
    )
    client.connect_timeout = CONNECT_TIMEOUT_S
    client.on_socket_open = _send_at_once
    client.max_inflight_messages_set(MAX_INFLIGHT)
    client.will_set(will.topic, will.payload, qos=1, retain=True)
    if broker.password is not None:
        client.username_pw_set(broker.user, broker.password)
    if broker.ca_file is not None:
        try:
            context = ssl.create_default_context(cafile=str(broker.ca_file))
            if broker.cert_file is not None:
                context.load_cert_chain(broker.cert_file, broker.key_file)
        except (OSError, ssl.SSLError) as fault:
            raise BrokerFault(f"certificates cannot be used: {fault}") from fault
        client.tls_set_context(context)
    return client


def _send_at_once(_client: paho.Client, _userdata: Any, connection: Any) -> None:
    # Nagle holds a message behind a PUBACK until the peer's delayed ACK, 40 ms later on Linux.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class _Events:
    """paho's callbacks, which come in its thread, turned into events of the loop that made this."""

    def __init__(self, session: Session, topics: Sequence[str], *, old_broker_possible: bool) -> None:
        self._session = session
        self._subscriptions = [(topic, 1) for topic in topics]
        self._old_broker_possible = old_broker_possible
        self._loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[None] = self._loop.create_future()
        client = session._client
        client.on_connect, client.on_subscribe = self._on_connect, self._on_subscribe
        client.on_connect_fail, client.on_disconnect = self._on_connect_fail, self._on_disconnect
        client.on_message = self._on_message

    def _on_connect(self, client: paho.Client, _u: Any, _f: Any, code: ReasonCode, _p: Any) -> None:
        if not code.is_failure:
            client.subscribe(self._subscriptions)
        elif self._old_broker_possible and code == _UNSUPPORTED_VERSION:
            self._soon(self._refused, _OldBroker(str(code)))
        else:
            self._soon(self._refused, BrokerFault(f"the broker refuses us: {code}"))

    def _on_subscribe(self, *_: Any) -> None:
        self._soon(self._accepted)

    def _on_connect_fail(self, *_: Any) -> None:
        self._soon(self._refused, BrokerFault("the broker cannot be reached"))

    def _on_disconnect(self, _c: paho.Client, _u: Any, _f: Any, code: ReasonCode, _p: Any) -> None:
        self._soon(self._gone, code)

    def _on_message(self, _c: paho.Client, _u: Any, message: paho.MQTTMessage) -> None:
        if len(message.payload) <= MAX_MESSAGE_BYTES:
            self._soon(self._take, Incoming(message.topic, bytes(message.payload)))

    def _soon(self, call: Callable[..., None], *arguments: object) -> None:
        self._loop.call_soon_threadsafe(call, *arguments)

    def _accepted(self) -> None:
        if not self.answer.done():
            self.answer.set_result(None)

    def _refused(self, fault: BrokerFault) -> None:
        if not self.answer.done():
            self.answer.set_exception(fault)

    def _gone(self, code: ReasonCode) -> None:
        self._session.reason = str(code)
        self._session.lost.set()
        kind = _OldBroker if self._old_broker_possible else BrokerFault
        self._refused(kind(f"the broker hung up: {code}"))

    def _take(self, message: Incoming) -> None:
        if not self._session.inbox.full():
            self._session.inbox.put_nowait(message)


async def _close(client: paho.Client, *, leave_will: bool = False) -> None:
    client.on_connect = client.on_connect_fail = client.on_disconnect = None
    client.on_message = client.on_subscribe = None
    if leave_will:
        _leave_will(client)
    else:
        client.disconnect()
    # Joins paho's thread, which may still be waiting for a connection.
    await asyncio.to_thread(client.loop_stop)


def _leave_will(client: paho.Client) -> None:
    """Go so that the broker says the will: by MQTT 5 3.14.2.1, before it only by hanging up without DISCONNECT."""
    if client.protocol is MQTTProtocolVersion.MQTTv5:
        client.disconnect(_WITH_WILL)
        return
    connection = client.socket()
    if isinstance(connection, socket.socket):
        with suppress(OSError):  # the other side was quicker
            connection.shutdown(socket.SHUT_RDWR)
