"""A blocked radio: seen, told in plain words by health and doctor, unblocked where that is permitted. Real bleak, fake bluetoothd."""

import asyncio
from pathlib import Path

import pytest

from gateway.doctor import examine_radio
from gateway.errors import RadioFault
from gateway.hearing import Hearing
from gateway.radio.bleak_radio import BleakRadio
from gateway.radio.port import Step
from gateway.radio.rfkill import BLUETOOTH, CHANGE
from tests.eventually import eventually
from tests.fakes.bluez import FakeBluez
from tests.fakes.clock import ManualClock
from tests.gateway.radio.switches import Switches

SOFT = "adapter hci0 is powered off: blocked by software (rfkill: soft)"
HARD = "adapter hci0 is powered off: blocked by a switch on the machine (rfkill: hard)"


@pytest.fixture
def switches(tmp_path: Path) -> Switches:
    return Switches(tmp_path)


def test_only_the_adapters_own_switch_and_the_machines_count(switches: Switches) -> None:
    switches.add(0, "phy0", soft=True, kind="wlan")
    switches.add(1, "hci1", soft=True)
    switches.add(2, "hci0")
    assert switches.rfkill.blocked("hci0") is None
    switches.add(3, "tpacpi_bluetooth_sw", hard=True)
    assert "hard" in (switches.rfkill.blocked("hci0") or "")
    assert not switches.rfkill.liftable("hci0")


def test_unblocking_asks_for_the_blocked_switches_only(switches: Switches) -> None:
    switches.add(1, "hci1", soft=True)
    switches.add(2, "hci0", soft=True)
    switches.rfkill.unblock("hci0")
    assert switches.asked() == [(2, BLUETOOTH, CHANGE, 0, 0)]


def test_where_it_is_not_permitted_that_is_said(switches: Switches) -> None:
    switches.add(2, "hci0", soft=True)
    switches.rfkill.device.unlink()
    with pytest.raises(RadioFault, match=r"hci0 cannot be unblocked: .*No such file"):
        switches.rfkill.unblock("hci0")


async def test_a_block_by_software_is_the_first_thing_lifted(bluez: FakeBluez, switches: Switches) -> None:
    bluez.add_adapter(powered=False)
    switches.add(0, "hci0", soft=True)
    clock = ManualClock()
    hearing = Hearing(BleakRadio("hci0", clock, rfkill=switches.rfkill), clock, lambda _: None)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(hearing.run())
        await eventually(lambda: hearing.steps)
        assert (hearing.steps[0].step, hearing.steps[0].reason) == (Step.UNBLOCK, SOFT)
        assert switches.obey()
        for _ in range(10):
            await clock.pass_ms(1_000)
            await asyncio.sleep(0.01)
        await eventually(lambda: bluez.scanning() == {"active", "passive"})
        assert [taken.step for taken in hearing.steps].count(Step.UNBLOCK) == 1
        task.cancel()


async def test_a_switch_on_the_machine_is_told_and_not_fought(bluez: FakeBluez, switches: Switches) -> None:
    bluez.add_adapter(powered=False)
    switches.add(0, "hci0", hard=True)
    radio = BleakRadio("hci0", ManualClock(), rfkill=switches.rfkill)
    assert Step.UNBLOCK not in radio.steps
    with pytest.raises(RadioFault, match="hard"):
        await radio.open(lambda _: None)
    finding = await examine_radio(radio)
    assert (finding.ok, finding.found) == (False, HARD)
    assert "switch" in finding.advice


async def test_the_doctor_names_a_block_by_software_and_its_cure(
    bluez: FakeBluez, switches: Switches
) -> None:
    bluez.add_adapter(powered=False)
    switches.add(0, "hci0", soft=True)
    finding = await examine_radio(BleakRadio("hci0", ManualClock(), rfkill=switches.rfkill))
    assert (finding.ok, finding.found) == (False, SOFT)
    assert "sudo rfkill unblock bluetooth" in finding.advice
