"""A Bluetooth adapter through bleak and BlueZ: passive and active scanner together (FIELD-NOTES: 399 of 400 frames).

The active one alone is filtered to a frame in 10.5 s by many controllers, the passive one alone to jumps of 8 dB by bluetoothd.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from bleak import BleakScanner
from bleak.args.bluez import BlueZScannerArgs, OrPattern
from bleak.assigned_numbers import AdvertisementDataType
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from gateway.errors import RadioFault
from gateway.radio.bluez import DBUS_FAULTS, BluezAdapter
from gateway.radio.port import Advertisement, Hear, Step
from gateway.radio.rfkill import Rfkill
from gateway.radio.scan_paths import Measured, ScanPath, choose_path
from gateway.radio.usb import reset_usb, usb_device
from protocol.clock import Clock
from protocol.frame import APPLE_COMPANY_ID, IBEACON_TYPE

START_TIMEOUT_S = 15
"""StartDiscovery takes up to 3 s while the adapter is powering on."""
STOP_TIMEOUT_S = 5
REBOOT_EVERY_S = 6 * 3_600
"""A reboot that did not help within hours will not help by being repeated; the shop's other gateways still hear."""
ANY_RSSI_DBM = -127
"""A threshold that lets everything pass; BlueZ of 2026 reports changes under 8 dB only where one is set."""

_PATTERNS = [
    OrPattern(
        0,
        AdvertisementDataType.MANUFACTURER_SPECIFIC_DATA,
        APPLE_COMPANY_ID.to_bytes(2, "little") + IBEACON_TYPE,
    )
]
_FAULTS = (BleakError, *DBUS_FAULTS, AssertionError, ValueError)
"""What bleak lets through: its own, D-Bus's, and in stop() after a lost bus its own assertions and list.remove."""

Mode = Literal["active", "passive"]
_MODES: dict[ScanPath, tuple[Mode, ...]] = {
    ScanPath.BOTH: ("passive", "active"),
    ScanPath.ACTIVE: ("active",),
    ScanPath.PASSIVE: ("passive",),
}
"""In the order of starting: an active scan that begins without a monitor is filtered by the chip until its next round."""

log = logging.getLogger(__name__)


def uptime_s(source: Path = Path("/proc/uptime")) -> float:
    """Return how long the machine has been up (proc(5))."""
    return float(source.read_text().split()[0])


def _ladder(adapter: str, *, liftable: bool, allow_reboot: bool) -> tuple[Step, ...]:
    unblock = (Step.UNBLOCK,) if liftable else ()
    usb = (Step.USB_RESET,) if usb_device(adapter) is not None else ()
    reboot = (Step.REBOOT,) if allow_reboot else ()
    return (
        *unblock,
        Step.RESCAN,
        Step.NEW_SCANNER,
        Step.POWER_CYCLE,
        *usb,
        Step.RESTART_BLUETOOTHD,
        *reboot,
    )


class BleakRadio:
    """One adapter by its name, such as hci0."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        *,
        allow_reboot: bool = False,
        uptime_s: Callable[[], float] = uptime_s,
        rfkill: Rfkill | None = None,
    ) -> None:
        self.name = name
        self.news = asyncio.Event()
        self.scan_path = "none"
        self.path = ScanPath.BOTH
        self.measured: list[Measured] = []
        """What the self-test found, empty before it."""
        self._clock, self._uptime_s = clock, uptime_s
        self._allow_reboot = allow_reboot
        self._rfkill = rfkill or Rfkill()
        self._adapter = BluezAdapter(name, self._told)
        self._trouble: str | None = None
        self._hear: Hear | None = None
        self._scanners: dict[Mode, BleakScanner] = {}
        self._counted: Mode = "active"

    @property
    def steps(self) -> Sequence[Step]:
        """Return the ladder as it is now: a block that software may lift comes first, and nothing else helps before."""
        return _ladder(self.name, liftable=self._rfkill.liftable(self.name), allow_reboot=self._allow_reboot)

    @property
    def rates(self) -> dict[str, float]:
        """Return what the self-test found, frames a minute by scan path; paths that could not be opened are left out."""
        return {str(one.path): one.per_min for one in self.measured if one.reason is None}

    def trouble(self) -> str | None:
        """Return what is known to be wrong since `open`; latched, since a restarted bluetoothd looks well again."""
        if self._trouble is None and not self._adapter.connected:
            return "D-Bus is gone"
        return self._trouble

    async def test_paths(self, hear: Hear) -> None:
        """Measure every way of scanning and keep the best; a radio that cannot be opened is left to healing."""
        self.measured = await choose_path(self, self._clock, hear)

    async def open(self, hear: Hear) -> None:
        """Start the scanners of the chosen path, or the one of them that can be. Raises RadioFault."""
        await self._adapter.connect()
        state = await self._adapter.state()
        if state is None:
            known = ", ".join(await self._adapter.adapters()) or "none"
            raise RadioFault(f"no adapter {self.name} (BlueZ knows: {known}){self._blocked()}")
        if not state.powered:
            raise RadioFault(f"adapter {self.name} is powered off{self._blocked()}")
        self._trouble, self._hear = None, hear
        self.scan_path = await self._start()

    async def close(self) -> None:
        """Stop what was started; a scanner that cannot be stopped is forgotten and said."""
        self._hear, self.scan_path = None, "none"
        for mode, scanner in list(self._scanners.items()):
            try:
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await scanner.stop()
            except _FAULTS as fault:
                log.debug("%s: %s scanner could not be stopped: %r", self.name, mode, fault)
                del self._scanners[mode]

    async def take(self, step: Step) -> None:
        """Do one step of healing; opening again is the caller's. Raises RadioFault."""
        match step:
            case Step.RESCAN:
                return
            case Step.UNBLOCK:
                self._rfkill.unblock(self.name)
            case Step.NEW_SCANNER:
                self._scanners.clear()
                await self._adapter.disconnect()
            case Step.POWER_CYCLE:
                self._scanners.clear()
                await self._power_cycle()
            case Step.RESTART_BLUETOOTHD:
                self._scanners.clear()
                await self._adapter.connect()
                await self._adapter.restart_bluetoothd()
            case Step.REBOOT:
                if self._uptime_s() < REBOOT_EVERY_S:
                    raise RadioFault("the machine was started less than 6 h ago")
                await self._adapter.connect()
                await self._adapter.reboot()
            case Step.USB_RESET:
                self._scanners.clear()
                device = usb_device(self.name)
                if device is None:
                    raise RadioFault(f"{self.name} is no USB adapter")
                reset_usb(device)

    def _blocked(self) -> str:
        blocked = self._rfkill.blocked(self.name)
        return f": {blocked}" if blocked else ""

    async def _power_cycle(self) -> None:
        await self._adapter.connect()
        state = await self._adapter.state()
        if state is None:
            raise RadioFault(f"no adapter {self.name} to switch")
        if state.powered:
            await self._adapter.set_powered(False)
        await self._adapter.set_powered(True)

    async def _start(self) -> str:
        """Start what can be started and name it. Raises RadioFault where that is nothing."""
        faults = []
        started: list[Mode] = []
        for mode in _MODES[self.path]:
            try:
                async with asyncio.timeout(START_TIMEOUT_S):
                    await self._scanner(mode).start()
                started.append(mode)
                self._counted = started[0]
            except _FAULTS as fault:
                self._scanners.pop(mode, None)
                faults.append(f"{mode} scan: {str(fault) or type(fault).__name__}")
        if not started:
            raise RadioFault("; ".join(faults))
        return "both" if len(started) == 2 else started[0]

    def _scanner(self, mode: Mode) -> BleakScanner:
        if mode not in self._scanners:
            bluez: BlueZScannerArgs = {"adapter": self.name}
            if mode == "passive":
                bluez["or_patterns"] = list(_PATTERNS)
            else:
                bluez["filters"] = {"RSSI": ANY_RSSI_DBM, "DuplicateData": True}
            self._scanners[mode] = BleakScanner(
                partial(self._detected, mode), scanning_mode=mode, bluez=bluez
            )
        return self._scanners[mode]

    def _detected(self, mode: Mode, _device: BLEDevice, data: AdvertisementData) -> None:
        # bleak tells every scanner of an adapter of every signal: one of them counts, or frames would count twice.
        if self._hear is None or mode != self._counted:
            return
        # bleak fills in -127 where BlueZ gave no RSSI: a property changed, but nothing was heard.
        if data.rssi <= ANY_RSSI_DBM:
            return
        payload = data.manufacturer_data.get(APPLE_COMPANY_ID, b"")
        self._hear(Advertisement(self._clock.now(), self.name, payload, data.rssi))

    def _told(self, trouble: str | None) -> None:
        if trouble is not None:
            self._trouble = trouble
        self.news.set()
