"""A Bluetooth LE controller's seat on /dev/vhci: commands come in, events go out (Bluetooth Core 5.0, Vol 4 Part E; linux hci_vhci.c)."""

import asyncio
import os
import struct
from collections.abc import Callable, Mapping

VHCI = "/dev/vhci"
COMMAND, EVENT, VENDOR = 0x01, 0x04, 0xFF
COMMAND_COMPLETE = 0x0E

_ANSWERS = {
    0x1001: struct.pack("<BHBHH", 9, 0, 9, 0xFFFF, 0),  # version: Bluetooth 5.0
    0x1002: bytes(64),  # no optional command: the kernel scans with the plain ones
    0x1003: bytes([0, 0, 0, 0, 0x60, 0, 0, 0]),  # LE, and no BR/EDR
    0x2002: struct.pack("<HB", 251, 8),  # LE buffers
    0x2003: bytes(8),
    0x201C: bytes(8),
}
"""What follows the status of a command's answer; every other command is done and says nothing."""
READ_ADDRESS = 0x1009


class Seat:
    """One controller as the kernel sees it; `obey` is told every command before it is answered."""

    def __init__(
        self, address: bytes, obey: Callable[[int, bytes], None], answers: Mapping[int, bytes] | None = None
    ) -> None:
        self._answers = {**_ANSWERS, READ_ADDRESS: address, **(answers or {})}
        self._obey = obey
        self._vhci: int | None = None

    @property
    def plugged(self) -> bool:
        return self._vhci is not None

    def plug(self) -> None:
        self._vhci = os.open(VHCI, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        os.write(self._vhci, bytes([VENDOR, 0]))
        asyncio.get_running_loop().add_reader(self._vhci, self._read, self._vhci)

    def unplug(self) -> None:
        if self._vhci is not None:
            asyncio.get_running_loop().remove_reader(self._vhci)
            os.close(self._vhci)
            self._vhci = None

    def say(self, event: int, parameters: bytes) -> None:
        if self._vhci is not None:
            os.write(self._vhci, bytes([EVENT, event, len(parameters)]) + parameters)

    def _read(self, vhci: int) -> None:
        packet = os.read(vhci, 1_024)
        if packet[0] == COMMAND:
            (opcode,) = struct.unpack_from("<H", packet, 1)
            self._obey(opcode, packet[4:])
            self.say(COMMAND_COMPLETE, struct.pack("<BHB", 1, opcode, 0) + self._answers.get(opcode, b""))
