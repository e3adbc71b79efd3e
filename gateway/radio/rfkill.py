"""Switches that keep a radio off, and how software's own is lifted (rfkill(8), linux/rfkill.h, sysfs-class-rfkill)."""

import struct
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import RadioFault

SWITCHES = Path("/sys/class/rfkill")
DEVICE = Path("/dev/rfkill")
EVENT = struct.Struct("=IBBBB")
"""struct rfkill_event: index, type, operation, soft, hard."""
CHANGE = 2
"""RFKILL_OP_CHANGE: one switch, by its index."""
BLUETOOTH = 2
"""RFKILL_TYPE_BLUETOOTH."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch as the kernel shows it."""

    index: int
    soft: bool
    hard: bool


@dataclass(frozen=True, slots=True)
class Rfkill:
    """The machine's switches."""

    switches: Path = SWITCHES
    device: Path = DEVICE

    def blocked(self, adapter: str) -> str | None:
        """Return in plain words why an adapter may not send or hear, None where nothing blocks it."""
        found = self._of(adapter)
        if any(switch.hard for switch in found):
            return "blocked by a switch on the machine (rfkill: hard)"
        if any(switch.soft for switch in found):
            return "blocked by software (rfkill: soft)"
        return None

    def liftable(self, adapter: str) -> bool:
        """Say whether software blocks the adapter, which software may undo."""
        return any(switch.soft for switch in self._of(adapter))

    def unblock(self, adapter: str) -> None:
        """Lift software's blocks. Raises RadioFault where we may not."""
        try:
            with self.device.open("r+b", buffering=0) as device:
                for switch in self._of(adapter):
                    if switch.soft:
                        device.write(EVENT.pack(switch.index, BLUETOOTH, CHANGE, 0, 0))
        except OSError as fault:
            raise RadioFault(f"{adapter} cannot be unblocked: {self.device}: {fault.strerror}") from fault

    def _of(self, adapter: str) -> list[Switch]:
        """Return the adapter's own switch and those of the whole machine, which carry no adapter's name."""
        found = []
        for folder in sorted(self.switches.glob("rfkill*")):
            try:
                kind, name, index, soft, hard = (
                    (folder / one).read_text().strip() for one in ("type", "name", "index", "soft", "hard")
                )
            except OSError:
                continue  # went away with its adapter while we looked
            if kind == "bluetooth" and (name == adapter or not name.startswith("hci")):
                found.append(Switch(int(index), soft == "1", hard == "1"))
        return found
