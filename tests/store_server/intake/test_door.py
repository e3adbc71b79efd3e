"""The MQTT door against a real mosquitto with our rendered configuration (SPEC 7)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from protocol.messages import Ack, decode, encode, encode_status
from protocol.topics import GatewayAddress, Leaf
from store_server.intake.broker import Broker
from store_server.intake.door import MqttDoor
from store_server.intake.tags import TagZones
from store_server.rules import RunningRules
from tests.brokers import SERVER, Mosquitto, gateway_account
from tests.eventually import eventually
from tests.store_server.intake.test_presence import GATEWAY, said
from tests.store_server.shop import Shop, furnish, open_shop

PRESENCE = GATEWAY.topic(Leaf.PRESENCE)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    directory = tmp_path / "mosquitto"
    directory.mkdir()
    running = Mosquitto(directory, gateways=(GATEWAY, GatewayAddress("milan", "gw-unplanned"))).start()
    yield running
    running.stop()


@asynccontextmanager
async def open_door(tmp_path: Path, broker: Mosquitto) -> AsyncIterator[tuple[Shop, MqttDoor]]:
    """A shop whose door is connected."""
    furnish(tmp_path / "aislecue.db")
    async with open_shop(tmp_path / "aislecue.db") as shop, asyncio.TaskGroup() as group:
        rules = RunningRules()
        where = Broker("127.0.0.1", broker.port, "server-1", SERVER.user, SERVER.password)
        door = MqttDoor(shop.store, rules, TagZones(rules), shop.clock, where)
        running = group.create_task(door.run())
        await eventually(lambda: door.fault is None)
        yield shop, door
        running.cancel()


class Pi:
    """A gateway's connection, bare: it publishes what it is told and keeps what it is sent."""

    def __init__(self, broker: Mosquitto, address: GatewayAddress = GATEWAY) -> None:
        account = gateway_account(address)
        self.acks: list[Ack] = []
        self.client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self.client.username_pw_set(account.user, account.password)
        self.client.on_message = lambda _c, _u, message: self.acks.append(decode(Ack, bytes(message.payload)))
        self.client.on_connect = lambda client, *_: client.subscribe(address.topic(Leaf.ACK), 1)
        self.ready = False
        self.client.on_subscribe = lambda *_: setattr(self, "ready", True)
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()

    def close(self) -> None:
        self.client.on_connect = self.client.on_subscribe = self.client.on_message = None
        self.client.disconnect()
        self.client.loop_stop()


@asynccontextmanager
async def connected(broker: Mosquitto, address: GatewayAddress = GATEWAY) -> AsyncIterator[Pi]:
    pi = Pi(broker, address)
    try:
        await eventually(lambda: pi.ready)
        yield pi
    finally:
        await asyncio.to_thread(pi.close)


async def test_presence_is_acknowledged_after_its_commit_and_kept_once(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with open_door(tmp_path, broker) as (shop, _), connected(broker) as pi:
        for seq in (1, 2, 2, 3):
            pi.client.publish(PRESENCE, encode(said(seq, seq).message), qos=1)
        pi.client.publish(GATEWAY.topic(Leaf.STATUS), encode_status("online"), qos=1, retain=True)
        await eventually(
            lambda: {n for ack in pi.acks for a, b in ack.seqs for n in range(a, b + 1)} == {1, 2, 3}
        )
        assert shop.rows("SELECT seq FROM gateway_message ORDER BY seq") == [(1,), (2,), (3,)]
        await eventually(
            lambda: shop.rows("SELECT status, presence_at FROM gateway")[0] == ("online", shop.clock.now())
        )


async def test_bad_messages_are_counted_and_good_ones_go_on(
    tmp_path: Path, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_door(tmp_path, broker) as (shop, _), connected(broker) as pi:
        for payload in (b"{", b"\xff\xfe", b"[]", b'{"v":2}', b" " * 60_000):
            pi.client.publish(PRESENCE, payload, qos=1)
        pi.client.publish(PRESENCE, encode(said(1, 1).message), qos=1)
        await eventually(lambda: pi.acks)
        counts = dict(shop.rows("SELECT reason, sum(count) FROM ignored_count GROUP BY reason"))
        assert sum(counts.values()) == 5
        assert set(counts) == {"not_json", "wrong_shape"}
        assert len([record for record in caplog.records if record.name.endswith("reading")]) == 1


async def test_a_gateway_that_says_it_is_deaf_has_nothing_present(tmp_path: Path, broker: Mosquitto) -> None:
    async with open_door(tmp_path, broker) as (shop, _), connected(broker) as pi:
        pi.client.publish(PRESENCE, encode(said(1, 5).message), 1)
        await eventually(lambda: shop.rows("SELECT state FROM presence") == [("present",)])
        pi.client.publish(GATEWAY.topic(Leaf.STATUS), encode_status("radio-dead"), 1, retain=True)
        await eventually(lambda: shop.rows("SELECT state FROM presence") == [("lost",)])


async def test_a_gateway_outside_the_plan_gets_no_ack(tmp_path: Path, broker: Mosquitto) -> None:
    stranger = GatewayAddress("milan", "gw-unplanned")
    async with open_door(tmp_path, broker) as (shop, _), connected(broker, stranger) as pi:
        pi.client.publish(stranger.topic(Leaf.PRESENCE), encode(said(1, 1).message), qos=1)
        await eventually(
            lambda: shop.rows("SELECT count FROM ignored_count WHERE reason = 'unknown_gateway'")
        )
        assert pi.acks == []


async def test_a_broker_that_was_killed_is_found_again(tmp_path: Path, broker: Mosquitto) -> None:
    async with open_door(tmp_path, broker) as (shop, door):
        broker.kill()
        await eventually(lambda: door.fault is not None)
        broker.start()

        async def pass_time() -> None:
            while door.fault is not None:  # time passes by hand
                shop.clock.go(shop.clock.now() + 1000)
                await asyncio.sleep(0.01)

        await asyncio.wait_for(pass_time(), 20)
        async with connected(broker) as pi:
            pi.client.publish(PRESENCE, encode(said(1, 1).message), qos=1)
            await eventually(lambda: pi.acks)
