"""Reset a USB Bluetooth adapter as if it had been pulled and put back (Linux usbdevice_fs.h, USBDEVFS_RESET)."""

import fcntl
import os
from pathlib import Path

from gateway.errors import RadioFault

USBDEVFS_RESET = 0x5514
"""_IO('U', 20)."""
BLUETOOTH_CLASS = Path("/sys/class/bluetooth")
DEVICES = Path("/dev/bus/usb")


def usb_device(adapter: str, classes: Path = BLUETOOTH_CLASS, devices: Path = DEVICES) -> Path | None:
    """Return the device file of a USB adapter, None for one that is soldered on (a Pi's own is a UART)."""
    interface = classes / adapter / "device"
    try:
        parent = interface.resolve(strict=True).parent
        bus, number = (int((parent / name).read_text()) for name in ("busnum", "devnum"))
    except (OSError, ValueError):
        return None
    return devices / f"{bus:03d}" / f"{number:03d}"


def reset_usb(device: Path) -> None:
    """Reset a device. Raises RadioFault where we may not or it does not answer."""
    try:
        handle = os.open(device, os.O_WRONLY | os.O_CLOEXEC)
    except OSError as fault:
        raise RadioFault(f"{device} cannot be reset: {fault.strerror}") from fault
    try:
        fcntl.ioctl(handle, USBDEVFS_RESET, 0)
    except OSError as fault:
        raise RadioFault(f"{device} cannot be reset: {fault.strerror}") from fault
    finally:
        os.close(handle)
