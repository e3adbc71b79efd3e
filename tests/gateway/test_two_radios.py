"""Two radios of one gateway: what would heal one must not silence the other (docs/gateway.md)."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.radio.port import SHARED_STEPS, Hear, Step
from gateway.radio.simulated import SimulatedRadio
from gateway.service import Gateway
from gateway.settings import BrokerSettings, Settings
from protocol.instants import SECOND
from protocol.topics import GatewayAddress
from tests.fakes.clock import ManualClock
from tests.store_server.shop import UUID


class Dongle(SimulatedRadio):
    """A radio with the whole ladder, of which no step helps; remembers what was done."""

    steps: Sequence[Step] = (
        Step.RESCAN,
        Step.NEW_SCANNER,
        Step.POWER_CYCLE,
        Step.USB_RESET,
        Step.RESTART_BLUETOOTHD,
        Step.REBOOT,
    )

    def __init__(self, clock: ManualClock, name: str) -> None:
        super().__init__(clock, name)
        self.taken: list[Step] = []

    async def take(self, step: Step) -> None:
        self.taken.append(step)


class Hung(Dongle):
    """One report after each start of a scan, then nothing."""

    async def open(self, hear: Hear) -> None:
        await super().open(hear)
        self.air(b"", -60)


def pulled(clock: ManualClock) -> Dongle:
    radio = Dongle(clock, "hci1")
    radio.fail("no adapter hci1")
    return radio


async def listen(folder: Path, clock: ManualClock, radios: Sequence[Dongle], rescan_every_s: int) -> None:
    """Let a gateway's radios listen for 2 h, the first asked for a rescan now and then."""
    settings = Settings(
        GatewayAddress("milan", "gw-shoes"),
        frozenset({UUID}),
        folder,
        BrokerSettings("127.0.0.1", 1883, "nobody"),
    )
    hearings = Gateway(settings, clock, radios).hearings
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(hearing.run()) for hearing in hearings]
        for second in range(2 * 3_600):
            if second % 10 == 9:
                radios[0].air(b"", -60)
            if second % rescan_every_s == rescan_every_s - 1:
                hearings[0].ask("asked for")
            await clock.pass_ms(SECOND)
        for task in tasks:
            task.cancel()


@pytest.mark.parametrize("rescan_every_s", [100, 1_000_000])
async def test_a_pulled_dongle_never_silences_the_healthy_radio(tmp_path: Path, rescan_every_s: int) -> None:
    clock = ManualClock()
    healthy, dead = Dongle(clock, "hci0"), pulled(clock)
    await listen(tmp_path, clock, [healthy, dead], rescan_every_s)
    assert set(dead.taken) == set(Dongle.steps) - SHARED_STEPS
    assert set(healthy.taken) <= {Step.RESCAN}


async def test_where_both_are_dead_every_step_is_taken(tmp_path: Path) -> None:
    clock = ManualClock()
    both = [pulled(clock), pulled(clock)]
    await listen(tmp_path, clock, both, 1_000_000)
    assert [set(one.taken) for one in both] == [set(Dongle.steps)] * 2


async def test_a_hung_radio_is_no_reason_to_spare_bluetoothd(tmp_path: Path) -> None:
    clock = ManualClock()
    hung, dead = Hung(clock, "hci0"), pulled(clock)
    await listen(tmp_path, clock, [dead, hung], 1_000_000)
    assert set(dead.taken) == set(Dongle.steps)
