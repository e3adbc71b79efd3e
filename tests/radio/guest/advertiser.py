"""A Bluetooth LE controller in software that advertises what the kernel asks of it (Bluetooth Core 5.0, Vol 4 Part E 7.8.52 to 7.8.56)."""

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass

from tests.radio.guest.vhci import Seat

ADDRESS = bytes.fromhex("e5e4e3e2e1e0")
SET_RANDOM_ADDRESS, SET_PARAMETERS, SET_DATA, SET_ENABLE = 0x2035, 0x2036, 0x2037, 0x2039
UNIT_MS = 0.625
POWERS_DBM = (-40, 4)
"""What a small chip has."""

_ANSWERS = {
    0x1002: bytes(38) + bytes([0x80]) + bytes(25),  # Read Transmit Power, so that BlueZ may ask for one
    0x2003: bytes([0, 0x10, 0, 0, 0, 0, 0, 0]),  # extended advertising
    0x203A: struct.pack("<H", 31),
    0x203B: bytes([1]),
    0x204B: struct.pack("bb", *POWERS_DBM),
    SET_PARAMETERS: bytes([0]),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the kernel asked for: interval, power, and the bytes on the air."""

    interval_ms: tuple[float, float]
    tx_power_dbm: int
    data: bytes


class Advertiser:
    """One advertising set; `air` is given each advertisement with its address."""

    def __init__(self, air: Callable[[bytes, bytes], None]) -> None:
        self._air = air
        self._seat = Seat(ADDRESS, self._obey, _ANSWERS)
        self._address = ADDRESS
        self._interval_ms = (100.0, 100.0)
        self._tx_power_dbm = 127
        self._data = b""
        self._on = asyncio.Event()

    def plug(self) -> None:
        self._seat.plug()

    def quiet(self) -> None:
        """Forget what was asked for, as after a reset."""
        self._on.clear()
        self._data = b""

    async def asked(self) -> Asked:
        """Return what is advertised, once something is."""
        await self._on.wait()
        return Asked(self._interval_ms, self._tx_power_dbm, self._data)

    async def run(self) -> None:
        """Advertise while it is asked for, for ever."""
        while True:
            await self._on.wait()
            self._air(self._address, self._data)
            await asyncio.sleep(self._interval_ms[0] / 1_000)

    def _obey(self, opcode: int, parameters: bytes) -> None:
        if opcode == SET_RANDOM_ADDRESS:
            self._address = parameters[1:7]
        elif opcode == SET_PARAMETERS:
            low, high = (int.from_bytes(parameters[k : k + 3], "little") * UNIT_MS for k in (3, 6))
            self._interval_ms = (low, high)
            (self._tx_power_dbm,) = struct.unpack_from("b", parameters, 19)
        elif opcode == SET_DATA:
            self._data = parameters[4 : 4 + parameters[3]]
        elif opcode == SET_ENABLE:
            (self._on.set if parameters[0] and self._data else self._on.clear)()
