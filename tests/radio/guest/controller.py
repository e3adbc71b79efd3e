"""A Bluetooth LE controller in software on /dev/vhci, and the beacons it hears (Bluetooth Core 5.0, Vol 4 Part E; linux hci_vhci.c).

It filters doubles and scans in windows as a real chip does: who asks badly hears little.
"""

import asyncio
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from protocol.frame import APPLE_COMPANY_ID, build_ibeacon
from protocol.identity import BeaconIdentity

VHCI = "/dev/vhci"
COMMAND, EVENT, VENDOR = 0x01, 0x04, 0xFF
COMMAND_COMPLETE, LE_META, ADVERTISING_REPORT = 0x0E, 0x3E, 0x02
NON_CONNECTABLE, RANDOM_ADDRESS = 0x03, 0x01
SET_SCAN_PARAMETERS, SET_SCAN_ENABLE = 0x200B, 0x200C
TICK_S = 0.01
MEASURED_POWER_DBM = -59
RSSI_DBM, RSSI_SPREAD_DBM = -65, 3
FLAGS = bytes.fromhex("020106")

_ANSWERS = {
    0x1001: struct.pack("<BHBHH", 9, 0, 9, 0xFFFF, 0),  # version: Bluetooth 5.0
    0x1002: bytes(64),  # no optional command: the kernel scans with the plain ones
    0x1003: bytes([0, 0, 0, 0, 0x60, 0, 0, 0]),  # LE, and no BR/EDR
    0x1009: bytes.fromhex("f5f4f3f2f1f0"),
    0x2002: struct.pack("<HB", 251, 8),  # LE buffers
    0x2003: bytes(8),
    0x201C: bytes(8),
}
"""What follows the status of a command's answer; every other command is done and says nothing."""


@dataclass(slots=True)
class _Scan:
    on: bool = False
    filters: bool = False
    duty: float = 1.0


class Controller:
    """The controller and its beacons; `plug` and `unplug` are the dongle's, the air goes on in `run`."""

    def __init__(self, beacons: Sequence[BeaconIdentity], hz: int, random: Random) -> None:
        self._frames = [
            (bytes([number, 0, 0x33, 0x22, 0x11, 0xC0]), _advertising_data(beacon))
            for number, beacon in enumerate(beacons)
        ]
        self.per_s = len(beacons) * hz
        self._random = random
        self._vhci: int | None = None
        self._scan = _Scan()
        self._reported: set[int] = set()

    def plug(self) -> None:
        self._scan = _Scan()
        self._vhci = os.open(VHCI, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        os.write(self._vhci, bytes([VENDOR, 0]))
        asyncio.get_running_loop().add_reader(self._vhci, self._read, self._vhci)

    def unplug(self) -> None:
        if self._vhci is not None:
            asyncio.get_running_loop().remove_reader(self._vhci)
            os.close(self._vhci)
            self._vhci = None

    async def run(self) -> None:
        """Send every beacon's frames into the air, for ever."""
        loop = asyncio.get_running_loop()
        began, sent = loop.time(), 0
        while True:
            due = int((loop.time() - began) * self.per_s)
            for number in range(sent, due):
                self._air(number % len(self._frames))
            sent = due
            await asyncio.sleep(TICK_S)

    def _air(self, beacon: int) -> None:
        if self._vhci is None or not self._scan.on or self._random.random() > self._scan.duty:
            return
        if self._scan.filters and beacon in self._reported:
            return
        self._reported.add(beacon)
        address, data = self._frames[beacon]
        rssi_dbm = round(self._random.gauss(RSSI_DBM, RSSI_SPREAD_DBM))
        head = bytes([ADVERTISING_REPORT, 1, NON_CONNECTABLE, RANDOM_ADDRESS])
        self._say(LE_META, head + address + bytes([len(data)]) + data + struct.pack("b", rssi_dbm))

    def _read(self, vhci: int) -> None:
        packet = os.read(vhci, 1_024)
        if packet[0] == COMMAND:
            (opcode,) = struct.unpack_from("<H", packet, 1)
            self._obey(opcode, packet[4:])
            self._say(COMMAND_COMPLETE, struct.pack("<BHB", 1, opcode, 0) + _ANSWERS.get(opcode, b""))

    def _obey(self, opcode: int, parameters: bytes) -> None:
        if opcode == SET_SCAN_PARAMETERS:
            interval, window = struct.unpack_from("<HH", parameters, 1)
            self._scan.duty = window / interval
        elif opcode == SET_SCAN_ENABLE:
            self._scan.on, self._scan.filters = bool(parameters[0]), bool(parameters[1])
            self._reported.clear()

    def _say(self, event: int, parameters: bytes) -> None:
        if self._vhci is not None:
            os.write(self._vhci, bytes([EVENT, event, len(parameters)]) + parameters)


def _advertising_data(beacon: BeaconIdentity) -> bytes:
    frame = APPLE_COMPANY_ID.to_bytes(2, "little") + build_ibeacon(beacon, MEASURED_POWER_DBM)
    return FLAGS + bytes([len(frame) + 1, 0xFF]) + frame
