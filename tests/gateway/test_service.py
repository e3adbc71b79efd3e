"""The whole gateway on a simulated radio and a real mosquitto: presence, status, faults (SPEC 7)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from gateway.radio.simulated import SimulatedRadio
from gateway.service import Gateway
from gateway.settings import BrokerSettings, Settings
from protocol.frame import build_ibeacon
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND
from protocol.messages import Health, decode
from protocol.topics import Leaf
from tests.brokers import GATEWAYS, Mosquitto, gateway_account
from tests.eventually import eventually
from tests.fakes.acker import Acker
from tests.fakes.clock import ManualClock

HERE = GATEWAYS[0]
SHOES = BeaconIdentity("8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10", 1, 21)
STRANGER = BeaconIdentity("00000000-5f4c-4d5f-9f1e-0a6e0b8f2d10", 1, 21)


class NotYet:
    """True time that becomes known later."""

    def __init__(self) -> None:
        self.offset: int | None = None

    def offset_ms(self) -> int | None:
        return self.offset


class Rig:
    """A gateway in virtual time with one simulated radio."""

    def __init__(self, port: int, folder: Path, true_time: NotYet | None = None) -> None:
        self.clock = ManualClock()
        self.radio = SimulatedRadio(self.clock)
        account = gateway_account(HERE)
        settings = Settings(
            address=HERE,
            allowed_uuids=frozenset({SHOES.uuid}),
            data_dir=folder / "gateway",
            broker=BrokerSettings("127.0.0.1", port, account.user, account.password),
        )
        self.gateway = Gateway(settings, self.clock, [self.radio], true_time=true_time)

    async def play(self, seconds: int, *identities: BeaconIdentity) -> None:
        for _ in range(seconds):
            for identity in identities:
                self.radio.air(build_ibeacon(identity, -59), -60)
            await self.clock.pass_ms(SECOND)
            # Files and sockets answer in real time: the next second comes when this one's message is on its way.
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(mosquitto: Mosquitto, folder: Path, true_time: NotYet | None = None) -> AsyncIterator[Rig]:
    rig = Rig(mosquitto.port, folder, true_time)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(rig.gateway.run())
        await eventually(lambda: rig.gateway.uplink.connected)
        yield rig
        task.cancel()


@pytest.fixture
async def acker(mosquitto: Mosquitto) -> AsyncIterator[Acker]:
    acker = await asyncio.to_thread(Acker(mosquitto.port).start)
    yield acker
    await asyncio.to_thread(acker.stop)


async def test_a_beacon_is_told_present_then_lost_and_strangers_never(
    mosquitto: Mosquitto, acker: Acker, tmp_path: Path
) -> None:
    async with running(mosquitto, tmp_path) as rig:
        await rig.play(10, SHOES, STRANGER)
        await rig.play(40, STRANGER)
        await eventually(lambda: rig.gateway.spool.depth() == 0)
        told = [(b.identity, b.state) for p in acker.presences for b in p.beacons]
        assert {identity for identity, _ in told} == {SHOES}
        assert told[0] == (SHOES, "present")
        assert told[-1] == (SHOES, "lost")
        assert rig.gateway.decoder.ignored["foreign_uuid"] == 50
        assert "overflow" not in (await rig.gateway.health(rig.clock.now())).ignored
        rig.gateway.tracker.overflow = 7
        assert (await rig.gateway.health(rig.clock.now())).ignored["overflow"] == 7


async def test_presence_comes_at_most_once_a_second_and_at_least_once_in_ten(
    mosquitto: Mosquitto, acker: Acker, tmp_path: Path
) -> None:
    async with running(mosquitto, tmp_path) as rig:
        await rig.play(20, SHOES)
        await rig.play(60, STRANGER)
        await eventually(lambda: rig.gateway.spool.depth() == 0)
        instants = sorted(p.sent_at for p in acker.presences)
        gaps = [b - a for a, b in pairwise(instants)]
        assert min(gaps) >= SECOND
        assert max(gaps) <= 10 * SECOND


async def test_deafness_is_told_within_90_s_and_its_end_too(
    mosquitto: Mosquitto, acker: Acker, tmp_path: Path
) -> None:
    async with running(mosquitto, tmp_path) as rig:
        await rig.play(5, SHOES)
        rig.radio.fail("pulled")
        await rig.play(91)
        await eventually(lambda: acker.statuses[-1:] == [(HERE, "radio-dead")])
        assert rig.gateway.faults()["radio simulated"].startswith("pulled")
        rig.radio.mend()
        await rig.play(40, SHOES)
        await eventually(lambda: acker.statuses[-1:] == [(HERE, "online")])
        lost = [b for p in acker.presences for b in p.beacons if b.state == "lost"]
        assert lost == [], "the radio's silence was taken for the beacon's"


async def test_health_says_what_is_so(mosquitto: Mosquitto, acker: Acker, tmp_path: Path) -> None:
    async with running(mosquitto, tmp_path) as rig:
        await rig.play(65, SHOES)
        await eventually(lambda: len(acker.others) >= 2)
        topic, payload = acker.others[-1]
        health = decode(Health, payload)
        assert topic == HERE.topic(Leaf.HEALTH)
        assert (health.status, health.faults) == ("online", {})
        assert 55 <= health.heard_per_min <= 60
        assert health.adapters[0].state == "hearing"
        assert health.versions["aislecue"]


async def test_presence_before_true_time_is_shifted_when_it_is_known(
    mosquitto: Mosquitto, acker: Acker, tmp_path: Path
) -> None:
    true_time = NotYet()
    mosquitto.stop()
    rig = Rig(mosquitto.port, tmp_path, true_time)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(rig.gateway.run())
        while rig.gateway.spool.depth() == 0:
            await rig.play(1, SHOES)
        (unset,) = await rig.gateway.spool.after(0, 1, 1)
        true_time.offset = 1_000_000
        mosquitto.start()
        await eventually(acker.client.is_connected)
        for _ in range(300):
            await rig.play(1, SHOES)
            if rig.gateway.uplink.connected and rig.gateway.spool.depth() == 0:
                break
        task.cancel()
    first = min(acker.presences, key=lambda p: p.seq)
    assert (first.clock_synced, first.sent_at) == (True, unset.at + 1_000_000)


async def test_a_full_card_does_not_stop_presence(mosquitto: Mosquitto, acker: Acker, tmp_path: Path) -> None:
    acker.acking = False  # what is acknowledged at once never goes to the card
    async with running(mosquitto, tmp_path) as rig:
        await rig.play(5, SHOES)
        spool = rig.gateway.spool
        await spool._run(lambda: spool._db.execute("PRAGMA max_page_count = 1").fetchone())
        for _ in range(60):
            await rig.play(1, *(SHOES._replace(minor=n) for n in range(100)))
            if "spool" in rig.gateway.faults():
                break
        assert "full" in rig.gateway.faults()["spool"]
        before = len(acker.presences)
        await rig.play(5, SHOES)
        await eventually(lambda: len(acker.presences) > before)


async def test_a_task_that_ends_is_told_and_begun_again(
    mosquitto: Mosquitto, acker: Acker, tmp_path: Path
) -> None:
    async with running(mosquitto, tmp_path) as rig:
        await rig.play(3, SHOES)
        report, rig.gateway.tracker.report = rig.gateway.tracker.report, None  # type: ignore[method-assign, assignment]
        await rig.play(2, SHOES)
        await eventually(lambda: "TypeError" in rig.gateway.faults().get("presence", ""))
        rig.gateway.tracker.report = report  # type: ignore[method-assign]
        before = len(acker.presences)
        await rig.play(10, SHOES)
        await eventually(lambda: len(acker.presences) > before)
