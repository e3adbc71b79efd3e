"""The uplink on a real mosquitto: nothing is forgotten before the server's ack (SPEC 7)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from gateway.batch import Spooled
from gateway.clock import SteadyClock
from gateway.configuration import Configuration
from gateway.correction import Correction
from gateway.link import Connect
from gateway.mqtt_session import open_session
from gateway.settings import BrokerSettings
from gateway.spool import Spool
from gateway.uplink import FAILED, OVERTAKEN_MS, RESEND_MS, Access, Orders, Uplink
from protocol.config import SignedConfig
from protocol.messages import Command, Presence, Result, WireInstant, encode
from protocol.topics import GatewayAddress, Leaf
from tests.brokers import GATEWAYS, Mosquitto, gateway_account
from tests.eventually import eventually
from tests.fakes.acker import Acker

HERE = GATEWAYS[0]
BOOT = "00c0ffee"


class Known:
    """True time, as far as a test says."""

    def __init__(self, offset: int | None) -> None:
        self.offset = offset

    def offset_ms(self) -> int | None:
        return self.offset


class Rig:
    """An uplink and its spool, with messages that only carry a number."""

    def __init__(self, spool: Spool, uplink: Uplink) -> None:
        self.spool, self.uplink = spool, uplink
        self._seq = 0

    async def add(self, count: int = 1, *, clock_synced: bool = True, at: int = 1_000) -> None:
        for _ in range(count):
            self._seq += 1
            presence = Presence(
                boot=BOOT, seq=self._seq, sent_at=WireInstant(at), clock_synced=clock_synced, beacons=()
            )
            await self.spool.hold(Spooled(0, BOOT, self._seq, at, clock_synced, encode(presence)), at)
            self.uplink.wake()


def settings(port: int) -> BrokerSettings:
    account = gateway_account(HERE)
    return BrokerSettings("127.0.0.1", port, account.user, account.password)


async def obey(command: Command) -> Result:
    return Result(id=command.id, ok=True, detail=command.name)


@asynccontextmanager
async def running(
    port: int,
    folder: Path,
    offset_ms: int | None = 0,
    orders: Orders | None = None,
    connect: Connect = open_session,
) -> AsyncIterator[Rig]:
    spool = await Spool(folder / "spool.db").open()
    clock = SteadyClock()
    correction = Correction(BOOT, clock.now(), Known(offset_ms))
    uplink = Uplink(
        Access(HERE, settings(port), connect), spool, clock, Random(1), correction, orders or Orders(obey)
    )
    async with asyncio.TaskGroup() as group:
        task = group.create_task(uplink.run())
        yield Rig(spool, uplink)
        task.cancel()
    await spool.close()


@pytest.fixture
async def acker(mosquitto: Mosquitto) -> AsyncIterator[Acker]:
    acker = await asyncio.to_thread(Acker(mosquitto.port).start)
    yield acker
    await asyncio.to_thread(acker.stop)


async def test_spooled_messages_arrive_once_and_are_forgotten_after_the_ack(
    mosquitto: Mosquitto, acker: Acker, tmp_path: Path
) -> None:
    async with running(mosquitto.port, tmp_path) as rig:
        await rig.add(3)
        await eventually(lambda: rig.spool.depth() == 0)
        assert acker.seqs(BOOT) == [1, 2, 3]
        assert set(acker.heard.values()) == {1}


async def test_a_brokers_puback_is_not_an_ack(mosquitto: Mosquitto, acker: Acker, tmp_path: Path) -> None:
    acker.acking = False
    async with running(mosquitto.port, tmp_path) as rig:
        await rig.add(3)
        await eventually(lambda: len(acker.heard) == 3)
        assert rig.spool.depth() == 3


async def test_what_was_never_acknowledged_is_sent_again_by_the_next_run(
    mosquitto: Mosquitto, acker: Acker, tmp_path: Path
) -> None:
    acker.acking = False
    async with running(mosquitto.port, tmp_path) as rig:
        await rig.add(30)
        await eventually(lambda: len(acker.heard) == 30)
    acker.acking = True
    async with running(mosquitto.port, tmp_path) as rig:
        await eventually(lambda: rig.spool.depth() == 0)
    assert set(acker.heard.values()) == {2}


async def test_what_later_messages_have_overtaken_is_sent_again_at_once(
    mosquitto: Mosquitto, acker: Acker, tmp_path: Path
) -> None:
    clock = SteadyClock()
    acker.acking = False
    async with running(mosquitto.port, tmp_path) as rig:
        await rig.add(2)
        await eventually(lambda: len(acker.heard) == 2)
        heard_at = clock.now()
        await eventually(lambda: clock.now() - heard_at > OVERTAKEN_MS)
        acker.acking = True
        await rig.add()
        await eventually(lambda: rig.spool.depth() == 0)
        assert clock.now() - heard_at < RESEND_MS[0], "they waited until everything was sent again"
    assert sorted(acker.heard.values()) == [1, 2, 2]


async def test_live_messages_do_not_wait_for_the_backlog(
    mosquitto: Mosquitto, acker: Acker, tmp_path: Path
) -> None:
    spool = await Spool(tmp_path / "spool.db").open()
    for seq in range(1, 2_001):
        presence = Presence(boot="0ddba11d", seq=seq, sent_at=WireInstant(1), clock_synced=True, beacons=())
        await spool.hold(Spooled(0, "0ddba11d", seq, 1, True, encode(presence)), 1)
    await spool.close()
    async with running(mosquitto.port, tmp_path) as rig:
        await eventually(lambda: len(acker.presences) > 50)
        await rig.add()
        await eventually(lambda: rig.spool.depth() == 0, 30)
    place = [p.boot for p in acker.presences].index(BOOT)
    assert place < 1_500, "the live message came after most of the backlog"
    assert acker.seqs("0ddba11d") == list(range(1, 2_001))


async def test_the_status_is_retained_and_the_will_is_left(
    mosquitto: Mosquitto, acker: Acker, tmp_path: Path
) -> None:
    async with running(mosquitto.port, tmp_path) as rig:
        await eventually(lambda: acker.statuses[-1:] == [(HERE, "online")])
        rig.uplink.say_status("radio-dead")
        await eventually(lambda: acker.statuses[-1:] == [(HERE, "radio-dead")])
    await eventually(lambda: acker.statuses[-1:] == [(HERE, "offline")])


async def test_it_comes_back_when_the_broker_does(mosquitto: Mosquitto, acker: Acker, tmp_path: Path) -> None:
    async with running(mosquitto.port, tmp_path) as rig:
        await rig.add()
        await eventually(lambda: rig.spool.depth() == 0)
        mosquitto.kill()
        await eventually(lambda: not rig.uplink.connected)
        await rig.add(5)
        mosquitto.start()
        await eventually(lambda: rig.spool.depth() == 0, 30)
    assert acker.seqs(BOOT) == [1, 2, 3, 4, 5, 6]


async def test_it_starts_while_the_broker_is_away(tmp_path: Path, mosquitto: Mosquitto) -> None:
    mosquitto.stop()
    async with running(mosquitto.port, tmp_path) as rig:
        await rig.add()
        await eventually(lambda: rig.uplink.fault == "the broker cannot be reached")
        mosquitto.start()
        acker = await asyncio.to_thread(Acker(mosquitto.port).start)
        await eventually(lambda: rig.spool.depth() == 0, 30)
        await asyncio.to_thread(acker.stop)


async def test_messages_of_an_unset_clock_are_shifted_once_it_is_set(
    mosquitto: Mosquitto, acker: Acker, tmp_path: Path
) -> None:
    async with running(mosquitto.port, tmp_path, offset_ms=1_000_000) as rig:
        await rig.add(clock_synced=False, at=7_000)
        await rig.add(clock_synced=True, at=9_000)
        await eventually(lambda: len(acker.presences) == 2)
    assert [(p.sent_at, p.clock_synced) for p in acker.presences] == [(1_007_000, True), (9_000, True)]


async def test_a_command_is_answered_and_nonsense_is_counted(
    mosquitto: Mosquitto, acker: Acker, tmp_path: Path
) -> None:
    async with running(mosquitto.port, tmp_path) as rig:
        await eventually(lambda: rig.uplink.connected)
        for payload in (b"{", b'{"id":"1","name":"format-disk"}', b'{"id":"7","name":"rescan"}'):
            acker.client.publish(HERE.topic(Leaf.COMMAND), payload, qos=1)
        await eventually(lambda: acker.others)
        assert acker.others == [(HERE.topic(Leaf.RESULT), b'{"id":"7","ok":true,"detail":"rescan"}')]
        assert rig.uplink.ignored == {"not_json": 1, "wrong_shape": 1}


async def test_no_message_ends_the_connection_whatever_becomes_of_it(
    mosquitto: Mosquitto, acker: Acker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def configure(payload: bytes) -> None:
        raise ZeroDivisionError(payload)

    acker.client.publish(HERE.topic(Leaf.CONFIG), b"{}", qos=1, retain=True).wait_for_publish(10)
    async with running(mosquitto.port, tmp_path, orders=Orders(obey, configure)) as rig:
        await eventually(lambda: rig.uplink.ignored[FAILED] == 1)
        acker.client.publish(HERE.topic(Leaf.CONFIG), b"{}", qos=1)
        acker.client.publish(HERE.topic(Leaf.COMMAND), b'{"id":"7","name":"rescan"}', qos=1)
        await eventually(lambda: acker.others)
        assert rig.uplink.ignored == {FAILED: 2}
        assert [status for _, status in acker.statuses] == ["online"], "it came in more than once"
    assert [record.getMessage() for record in caplog.records if record.exc_info] == [
        f"message on {HERE.topic(Leaf.CONFIG)} failed, further ones are counted"
    ]


@pytest.mark.parametrize(
    ("signature", "reason"), [("A" * 86 + "\n", "wrong_shape"), ("A" * 86, "bad_signature")]
)
async def test_a_retained_configuration_with_a_broken_signature_is_counted(
    mosquitto: Mosquitto, acker: Acker, tmp_path: Path, signature: str, reason: str
) -> None:
    configuration = Configuration(HERE, "A" * 43, tmp_path, frozenset())

    def configure(payload: bytes) -> None:
        configuration.take(payload, 0)

    payload = encode(SignedConfig(config="{}", signature=signature))
    acker.client.publish(HERE.topic(Leaf.CONFIG), payload, qos=1, retain=True).wait_for_publish(10)
    async with running(mosquitto.port, tmp_path, orders=Orders(obey, configure)) as rig:
        await eventually(lambda: rig.uplink.ignored == {reason: 1})
        assert rig.uplink.connected


async def test_a_refusal_names_its_reason(mosquitto: Mosquitto, tmp_path: Path) -> None:
    spool = await Spool(tmp_path / "spool.db").open()
    wrong = BrokerSettings("127.0.0.1", mosquitto.port, "milan-duomo/gw-nobody", "guess")
    access = Access(GatewayAddress("milan-duomo", "gw-nobody"), wrong)
    correction = Correction(BOOT, 0, Known(0))
    uplink = Uplink(access, spool, SteadyClock(), Random(1), correction, Orders(obey))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(uplink.run())
        await eventually(lambda: "refuses us: Not authorized" in (uplink.fault or ""))
        task.cancel()
    await spool.close()
