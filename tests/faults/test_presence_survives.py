"""kill -9 while presence flows: of the broker, of the gateway. Nothing is lost, nothing is kept twice (SPEC 7)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from protocol.frame import build_ibeacon
from tests.brokers import Mosquitto
from tests.eventually import eventually
from tests.fakes.bluez import FakeBluez
from tests.programs import BEACON, Program, StoreServer, gateway_program, spool_depth

pytestmark = [pytest.mark.faults, pytest.mark.timeout(150)]


@dataclass
class Store:
    """Everything real but the air."""

    broker: Mosquitto
    bluez: FakeBluez
    server: StoreServer
    gateway: Program
    gateway_folder: Path

    def kept(self) -> int:
        self.bluez.advertise("C0:11:22:33:44:55", build_ibeacon(BEACON, -59), -60 - self.bluez.aired % 2)
        return sum(map(len, self.server.seqs().values()))

    async def flows(self, messages: int = 3) -> None:
        """Return once that many more presence messages are in the database."""
        wanted = self.kept() + messages
        await eventually(lambda: self.kept() >= wanted, 60)

    async def airs(self, times: int) -> None:
        """Keep the air busy while the way to the server is cut."""
        aired = self.bluez.aired + times
        await eventually(lambda: self.kept() >= 0 and self.bluez.aired >= aired, 30)

    async def settles(self) -> None:
        """Return once nothing is missing any more, and the gateway's card has been empty at a look.

        What is missing while the card is empty is held in the gateway's memory, to be sent again: only time tells it from lost.
        """
        await eventually(
            lambda: self.kept() >= 0 and not self.missing() and spool_depth(self.gateway_folder) == 0, 90
        )

    def missing(self) -> bool:
        return any(kept != list(range(1, len(kept) + 1)) for kept in self.server.seqs().values())

    def assert_nothing_lost(self, boots: int) -> None:
        seqs = self.server.seqs()
        assert len(seqs) == boots
        for boot, kept in seqs.items():
            assert kept == list(range(1, len(kept) + 1)), f"boot {boot}: messages missing"


@pytest.fixture
async def store(mosquitto: Mosquitto, bluez: FakeBluez, tmp_path: Path) -> AsyncIterator[Store]:
    bluez.add_adapter()
    server = await asyncio.to_thread(StoreServer, tmp_path / "server", mosquitto.port)
    folder = tmp_path / "gateway"
    gateway = gateway_program(folder, mosquitto.port)
    server.program.start()
    gateway.start()
    yield Store(mosquitto, bluez, server, gateway, folder)
    await asyncio.to_thread(gateway.stop)
    await asyncio.to_thread(server.program.stop)


async def test_a_killed_broker_loses_nothing(store: Store) -> None:
    await store.flows()
    for _ in range(3):
        await asyncio.to_thread(store.broker.kill)
        await store.airs(100)
        await asyncio.to_thread(store.broker.start)
        await store.flows()
    await store.settles()
    store.assert_nothing_lost(boots=1)


async def test_a_killed_gateway_loses_nothing(store: Store) -> None:
    await store.flows()
    for _ in range(3):
        await asyncio.to_thread(store.gateway.kill)
        store.gateway.start()
        await store.flows()
    await store.settles()
    store.assert_nothing_lost(boots=4)


async def test_a_gateway_cut_off_and_restarted_meanwhile_loses_nothing(store: Store) -> None:
    await store.flows()
    await asyncio.to_thread(store.broker.kill)
    await store.airs(300)
    await asyncio.to_thread(store.gateway.kill)
    store.gateway.start()
    await store.airs(300)
    await asyncio.to_thread(store.broker.start)
    await store.flows()
    await store.settles()
    store.assert_nothing_lost(boots=2)


async def test_a_killed_server_loses_nothing(store: Store) -> None:
    await store.flows()
    await asyncio.to_thread(store.server.program.kill)
    await store.airs(300)
    store.server.program.start()
    await store.flows()
    await store.settles()
    store.assert_nothing_lost(boots=1)
