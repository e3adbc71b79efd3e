"""The fault table of FIELD-NOTES: real bleak on a fake bluetoothd; each ends hearing, or with the true status. Virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.hearing import RADIO_DEAD_MS, Hearing, Taken
from gateway.radio.bleak_radio import BleakRadio
from gateway.radio.port import Advertisement, Hear, Step
from protocol.frame import build_ibeacon
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND
from tests.eventually import eventually
from tests.fakes.bluez import IN_PROGRESS, FakeBluez
from tests.fakes.clock import ManualClock
from tests.fakes.system_bus import SystemBus

FRAME = build_ibeacon(BeaconIdentity("8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10", 1, 11), -59)
BEACON = "C0:11:22:33:44:55"


class Settled(BleakRadio):
    """A radio whose way of scanning was chosen before."""

    async def test_paths(self, hear: Hear) -> None:
        return


class Ear:
    """A hearing radio in virtual time, and what it heard."""

    def __init__(self, hear: Hear | None = None) -> None:
        self.clock = ManualClock()
        self.heard: list[Advertisement] = []
        self.radio = Settled("hci0", self.clock)
        self.hearing = Hearing(self.radio, self.clock, hear or self.heard.append)

    async def hears(self, bluez: FakeBluez) -> None:
        """Return once a frame sent now is heard; time passes meanwhile, so that healing goes on."""
        before = len(self.heard)

        def look() -> bool:
            bluez.advertise(BEACON, FRAME, -60 - len(bluez.calls) % 2)
            return len(self.heard) > before

        for _ in range(200):
            try:
                await eventually(look, 0.1)
            except TimeoutError:
                await self.clock.pass_ms(SECOND)
            else:
                return
        pytest.fail(f"deaf: {self.hearing.reason}; steps {list(self.hearing.steps)}")

    async def is_told_dead(self) -> str:
        """Let RADIO_DEAD_MS pass without hearing; return the reason given."""
        for _ in range(RADIO_DEAD_MS // SECOND + 5):
            await self.clock.pass_ms(SECOND)
            await asyncio.sleep(0.001)
        assert self.hearing.dead(self.clock.now())
        return self.hearing.reason or ""

    @property
    def taken(self) -> list[Step]:
        return [taken.step for taken in self.hearing.steps]


@asynccontextmanager
async def ear(hear: Hear | None = None) -> AsyncIterator[Ear]:
    one = Ear(hear)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(one.hearing.run())
        yield one
        task.cancel()


async def test_both_scanners_listen_and_each_frame_is_heard_once(bluez: FakeBluez) -> None:
    bluez.add_adapter()
    async with ear() as one:
        await eventually(lambda: bluez.scanning() == {"active", "passive"})
        for n in range(20):
            assert bluez.advertise(BEACON, FRAME, -60 - n % 2)
        await eventually(lambda: len(one.heard) >= 20)
        assert len(one.heard) == 20
        assert one.radio.scan_path == "both"
        # The other way round, many chips filter the active scan's first ten seconds.
        assert bluez.calls.index("RegisterMonitor") < bluez.calls.index("StartDiscovery")
        assert (one.heard[0].payload, one.heard[0].rssi_dbm, one.heard[0].adapter) == (FRAME, -60, "hci0")
    assert bluez.scanning() == set()


async def test_without_experimental_features_it_listens_actively(system_bus: SystemBus) -> None:
    bluez = await FakeBluez(system_bus.address, experimental=False).start()
    bluez.add_adapter()
    async with ear() as one:
        await one.hears(bluez)
        assert one.radio.scan_path == "active"
    await bluez.crash()


async def test_no_adapter_is_told_and_one_that_comes_is_heard(bluez: FakeBluez) -> None:
    async with ear() as one:
        assert "no adapter hci0" in await one.is_told_dead()
        bluez.add_adapter()
        await one.hears(bluez)


async def test_a_powered_off_adapter_is_switched_on(bluez: FakeBluez) -> None:
    bluez.add_adapter(powered=False)
    async with ear() as one:
        await one.hears(bluez)
        assert one.taken[-1] is Step.POWER_CYCLE
        assert one.hearing.steps[-1].reason == "adapter hci0 is powered off"


async def test_power_lost_while_listening_is_noticed_at_once(bluez: FakeBluez) -> None:
    bluez.add_adapter()
    async with ear() as one:
        await one.hears(bluez)
        bluez.set_powered(False)
        await eventually(lambda: one.hearing.steps)
        await one.hears(bluez)
        assert one.hearing.steps[0].reason == "adapter hci0 was powered off"


async def test_in_progress_is_tried_again(bluez: FakeBluez) -> None:
    bluez.add_adapter()
    bluez.refuse["StartDiscovery"].extend([IN_PROGRESS] * 2)
    async with ear() as one:
        await one.hears(bluez)


async def test_a_stop_that_is_refused_does_not_matter(bluez: FakeBluez) -> None:
    bluez.add_adapter()
    async with ear() as one:
        await one.hears(bluez)
        bluez.refuse["StopDiscovery"].extend([IN_PROGRESS] * 2)
        one.hearing.ask("a test")
        await one.hears(bluez)


async def test_a_pulled_adapter_is_told_and_heard_again_when_it_is_back(bluez: FakeBluez) -> None:
    bluez.add_adapter()
    async with ear() as one:
        await one.hears(bluez)
        bluez.remove_adapter()
        assert "no adapter hci0" in await one.is_told_dead()
        assert one.hearing.steps[0].reason == "adapter hci0 was removed"
        bluez.add_adapter()
        await one.hears(bluez)


async def test_a_restarted_bluetoothd_is_heard_again(bluez: FakeBluez, system_bus: SystemBus) -> None:
    bluez.add_adapter()
    async with ear() as one:
        await one.hears(bluez)
        await bluez.crash()
        await eventually(lambda: one.hearing.steps)
        again = await FakeBluez(system_bus.address).start()
        again.add_adapter()
        await one.hears(again)
        assert "bluetoothd" in one.hearing.steps[0].reason
        await again.crash()


async def test_a_bluetoothd_that_stays_away_is_told(bluez: FakeBluez) -> None:
    bluez.add_adapter()
    async with ear() as one:
        await one.hears(bluez)
        await bluez.crash()
        assert "bluetoothd" in await one.is_told_dead()


async def test_a_restarted_dbus_daemon_is_heard_again(bluez: FakeBluez, system_bus: SystemBus) -> None:
    bluez.add_adapter()
    async with ear() as one:
        await one.hears(bluez)
        system_bus.stop()
        await bluez.crash()
        await eventually(lambda: one.hearing.steps)
        assert one.hearing.steps[0] == Taken(one.clock.now(), Step.RESCAN, "D-Bus is gone"), "noticed late"
        assert "D-Bus" in await one.is_told_dead()
        system_bus.start()
        again = await FakeBluez(system_bus.address).start()
        again.add_adapter()
        await one.hears(again)
        await again.crash()


async def test_a_stuck_controller_climbs_the_ladder_and_is_told(bluez: FakeBluez) -> None:
    bluez.add_adapter()
    async with ear() as one:
        await one.hears(bluez)
        bluez.silent = True
        for _ in range(120):
            await one.clock.pass_ms(SECOND)
            await asyncio.sleep(0.005)
        assert one.hearing.dead(one.clock.now())
        assert one.taken[:3] == [Step.RESCAN, Step.NEW_SCANNER, Step.POWER_CYCLE]
        bluez.silent = False
        await one.hears(bluez)


async def test_a_listener_that_raises_is_told(bluez: FakeBluez) -> None:
    bluez.add_adapter()

    def broken(_: Advertisement) -> None:
        raise ZeroDivisionError("bug")

    async with ear(broken) as one:
        await eventually(lambda: bluez.scanning() == {"active", "passive"})
        bluez.advertise(BEACON, FRAME, -60)
        await eventually(lambda: one.hearing.steps)
        assert "ZeroDivisionError" in one.hearing.steps[0].reason
        await one.is_told_dead()
