"""The ladder's hardest rungs: a USB adapter found and reset (a soldered one has none), a reboot asked for seldom."""

from pathlib import Path

import pytest

from gateway.errors import RadioFault
from gateway.radio.bleak_radio import REBOOT_EVERY_S, BleakRadio
from gateway.radio.port import Step
from gateway.radio.usb import reset_usb, usb_device
from tests.fakes.clock import ManualClock


def test_a_usb_adapter_is_found_by_its_bus_and_number(tmp_path: Path) -> None:
    device = tmp_path / "devices" / "1-1"
    (device / "1-1:1.0").mkdir(parents=True)
    (device / "busnum").write_text("1\n")
    (device / "devnum").write_text("12\n")
    adapter = tmp_path / "class" / "hci1"
    adapter.mkdir(parents=True)
    (adapter / "device").symlink_to(device / "1-1:1.0")
    assert usb_device("hci1", tmp_path / "class", Path("/dev/bus/usb")) == Path("/dev/bus/usb/001/012")


def test_an_adapter_on_a_uart_has_no_usb_device(tmp_path: Path) -> None:
    (tmp_path / "serial" / "hci0").mkdir(parents=True)
    assert usb_device("hci0", tmp_path / "serial") is None
    assert usb_device("hci9", tmp_path) is None


async def test_a_reboot_is_asked_for_seldom_and_only_where_allowed() -> None:
    clock = ManualClock()
    assert Step.REBOOT not in BleakRadio("hci0", clock).steps
    radio = BleakRadio("hci0", clock, allow_reboot=True, uptime_s=lambda: REBOOT_EVERY_S - 1.0)
    assert radio.steps[-1] is Step.REBOOT
    with pytest.raises(RadioFault, match="less than 6 h ago"):
        await radio.take(Step.REBOOT)


def test_a_device_that_cannot_be_reset_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(RadioFault, match="No such file"):
        reset_usb(tmp_path / "001")
    (tmp_path / "002").write_bytes(b"")
    with pytest.raises(RadioFault, match="cannot be reset"):
        reset_usb(tmp_path / "002")
