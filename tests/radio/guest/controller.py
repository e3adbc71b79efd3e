"""A Bluetooth LE controller in software that scans, and the beacons it hears (Bluetooth Core 5.0, Vol 4 Part E).

It filters doubles and scans in windows as a real chip does: who asks badly hears little.
"""

import asyncio
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from protocol.frame import APPLE_COMPANY_ID, build_ibeacon
from protocol.identity import BeaconIdentity
from tests.radio.guest.vhci import Seat

ADDRESS = bytes.fromhex("f5f4f3f2f1f0")
LE_META, ADVERTISING_REPORT = 0x3E, 0x02
NON_CONNECTABLE, RANDOM_ADDRESS = 0x03, 0x01
SET_SCAN_PARAMETERS, SET_SCAN_ENABLE = 0x200B, 0x200C
TICK_S = 0.01
MEASURED_POWER_DBM = -59
RSSI_DBM, RSSI_SPREAD_DBM = -65, 3
FLAGS = bytes.fromhex("020106")


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
        self._seat = Seat(ADDRESS, self._obey)
        self._scan = _Scan()
        self._reported: set[bytes] = set()

    def plug(self) -> None:
        self._scan = _Scan()
        self._seat.plug()

    def unplug(self) -> None:
        self._seat.unplug()

    async def run(self) -> None:
        """Send every beacon's frames into the air, for ever."""
        loop = asyncio.get_running_loop()
        began, sent = loop.time(), 0
        while True:
            due = int((loop.time() - began) * self.per_s)
            for number in range(sent, due):
                self.hear(*self._frames[number % len(self._frames)])
            sent = due
            await asyncio.sleep(TICK_S)

    def hear(self, address: bytes, data: bytes) -> None:
        """Take one advertisement off the air, and report it as the kernel asked for."""
        if not self._seat.plugged or not self._scan.on or self._random.random() > self._scan.duty:
            return
        if self._scan.filters and address in self._reported:
            return
        self._reported.add(address)
        rssi_dbm = round(self._random.gauss(RSSI_DBM, RSSI_SPREAD_DBM))
        head = bytes([ADVERTISING_REPORT, 1, NON_CONNECTABLE, RANDOM_ADDRESS])
        self._seat.say(LE_META, head + address + bytes([len(data)]) + data + struct.pack("b", rssi_dbm))

    def _obey(self, opcode: int, parameters: bytes) -> None:
        if opcode == SET_SCAN_PARAMETERS:
            interval, window = struct.unpack_from("<HH", parameters, 1)
            self._scan.duty = window / interval
        elif opcode == SET_SCAN_ENABLE:
            self._scan.on, self._scan.filters = bool(parameters[0]), bool(parameters[1])
            self._reported.clear()


def _advertising_data(beacon: BeaconIdentity) -> bytes:
    frame = APPLE_COMPANY_ID.to_bytes(2, "little") + build_ibeacon(beacon, MEASURED_POWER_DBM)
    return FLAGS + bytes([len(frame) + 1, 0xFF]) + frame
