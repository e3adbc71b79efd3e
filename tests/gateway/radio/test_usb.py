"""Finding and resetting a USB adapter; a soldered one has none."""

from pathlib import Path

import pytest

from gateway.errors import RadioFault
from gateway.radio.usb import reset_usb, usb_device


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


def test_a_device_that_cannot_be_reset_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(RadioFault, match="No such file"):
        reset_usb(tmp_path / "001")
    (tmp_path / "002").write_bytes(b"")
    with pytest.raises(RadioFault, match="cannot be reset"):
        reset_usb(tmp_path / "002")
