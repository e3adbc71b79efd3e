"""What a real mosquitto says of a gateway that leaves to come in anew and never does (SPEC 7)."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from gateway import mqtt_session
from gateway.errors import BrokerFault
from gateway.link import Connect, Link, Will
from gateway.mqtt_session import Session, _OldBroker, open_session
from gateway.settings import BrokerSettings
from protocol.topics import Leaf
from tests.brokers import SERVER, Mosquitto
from tests.eventually import eventually
from tests.gateway.test_uplink import HERE, running


@contextmanager
def told(port: int) -> Iterator[list[bytes]]:
    """Collect what the broker says of the gateway's status."""
    statuses: list[bytes] = []
    client = paho.Client(CallbackAPIVersion.VERSION2)  # 3.1.1, which every broker here speaks
    client.username_pw_set(SERVER.user, SERVER.password)
    client.on_connect = lambda client, *_: client.subscribe(HERE.topic(Leaf.STATUS), qos=1)
    client.on_message = lambda _client, _userdata, message: statuses.append(bytes(message.payload))
    client.connect("127.0.0.1", port)
    client.loop_start()
    yield statuses
    client.disconnect()
    client.loop_stop()


def only_once(version: MQTTProtocolVersion) -> Connect:
    """Let in once, by this version."""
    came_in = False

    @asynccontextmanager
    async def connect(
        broker: BrokerSettings, client_id: str, will: Will, topics: Sequence[str]
    ) -> AsyncIterator[Link]:
        nonlocal came_in
        if came_in:
            raise BrokerFault("nobody is let in any more")
        came_in = True
        async with open_session(broker, client_id, will, topics) as session:
            assert session._client.protocol is version
            yield session

    return connect


@pytest.fixture(params=[MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311], ids=["5", "3.1.1"])
def version(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> MQTTProtocolVersion:
    """Have the broker know nothing newer; mosquitto 2.0 cannot be told to."""
    newest: MQTTProtocolVersion = request.param
    by = mqtt_session._connect

    async def connect(
        broker: BrokerSettings, client_id: str, will: Will, topics: Sequence[str], asked: MQTTProtocolVersion
    ) -> Session:
        if asked > newest:
            raise _OldBroker("Unsupported protocol version")
        return await by(broker, client_id, will, topics, asked)

    monkeypatch.setattr(mqtt_session, "_connect", connect)
    return newest


async def test_who_leaves_to_come_in_anew_and_does_not_is_told_as_offline(
    mosquitto: Mosquitto, tmp_path: Path, version: MQTTProtocolVersion
) -> None:
    with told(mosquitto.port) as statuses:
        async with running(mosquitto.port, tmp_path, connect=only_once(version)) as rig:
            await eventually(lambda: statuses == [b'"online"'])
            rig.uplink.come_in_anew("the certificate was renewed")
            await eventually(lambda: statuses == [b'"online"', b'"offline"'])
    with told(mosquitto.port) as retained:
        await eventually(lambda: retained == [b'"offline"'])
