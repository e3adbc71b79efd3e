"""The self-test of scan paths, on real bleak: each is measured, the best is taken, nothing is missed meanwhile."""

import asyncio
from functools import partial

from gateway.health import Pulse, adapter_health
from gateway.hearing import Hearing
from gateway.radio.bleak_radio import BleakRadio
from gateway.radio.port import Advertisement
from gateway.radio.scan_paths import MEASURE_MS, Measured, ScanPath, best
from protocol.frame import build_ibeacon
from protocol.identity import BeaconIdentity
from tests.eventually import eventually
from tests.fakes.bluez import FakeBluez
from tests.fakes.clock import ManualClock

FRAME = build_ibeacon(BeaconIdentity("8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10", 1, 11), -59)


def scans(bluez: FakeBluez, radio: BleakRadio, modes: set[str]) -> bool:
    """Say whether bluetoothd scans so, and the radio knows it: only then every frame counts."""
    return bluez.scanning() == modes and radio.scan_path != "none"


def has(heard: list[Advertisement], wanted: int) -> bool:
    return len(heard) >= wanted


async def test_every_path_is_measured_and_heard(bluez: FakeBluez) -> None:
    bluez.add_adapter()
    clock = ManualClock()
    radio = BleakRadio("hci0", clock)
    heard: list[Advertisement] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(radio.test_paths(heard.append))
        for modes in ({"active", "passive"}, {"active"}, {"passive"}):
            await eventually(partial(scans, bluez, radio, modes))
            wanted = len(heard) + 12
            for n in range(12):
                # 3 dB steps: a monitor alone does not signal them (FIELD-NOTES).
                bluez.advertise("C0:11:22:33:44:55", FRAME, -60 - 3 * (n % 2))
            if modes != {"passive"}:
                await eventually(partial(has, heard, wanted))
            await clock.pass_ms(MEASURE_MS)
    rates = {one.path: one.per_min for one in radio.measured}
    assert (rates[ScanPath.BOTH], rates[ScanPath.ACTIVE], rates[ScanPath.PASSIVE]) == (60, 60, 0)
    assert radio.path is ScanPath.BOTH
    told = adapter_health(Hearing(radio, clock, heard.append), Pulse(), 0)
    assert told.path_rates == {"both": 60, "active": 60, "passive": 0}


async def test_without_an_adapter_the_test_ends_and_healing_begins(bluez: FakeBluez) -> None:
    radio = BleakRadio("hci0", ManualClock())
    await radio.test_paths(lambda _: None)
    assert all("no adapter hci0" in (one.reason or "") for one in radio.measured)
    assert radio.path is ScanPath.BOTH
    assert radio.rates == {}, "what could not be opened was measured"


def test_a_later_path_must_be_clearly_better() -> None:
    assert best([Measured(ScanPath.BOTH, 100), Measured(ScanPath.ACTIVE, 105)]) is ScanPath.BOTH
    assert best([Measured(ScanPath.BOTH, 10), Measured(ScanPath.PASSIVE, 100)]) is ScanPath.PASSIVE
    refused = Measured(ScanPath.BOTH, 0, "no monitor")
    assert best([refused, Measured(ScanPath.ACTIVE, 0)]) is ScanPath.ACTIVE
