"""The radio port: what a gateway may ask of its ears. A phone's address does not pass it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeAlias

from protocol.instants import Instant


class Advertisement(NamedTuple):
    """One packet; `payload` are the bytes after Apple's company id, empty in packets of others (a sign of life)."""

    at: Instant
    adapter: str
    payload: bytes
    rssi_dbm: int


Hear: TypeAlias = Callable[[Advertisement], None]


class Step(StrEnum):
    """Rungs of the healing ladder, mildest first; a block that is seen is lifted before anything else."""

    UNBLOCK = "rfkill-unblock"
    RESCAN = "rescan"
    NEW_SCANNER = "new-scanner"
    POWER_CYCLE = "power-cycle"
    USB_RESET = "usb-reset"
    RESTART_BLUETOOTHD = "restart-bluetoothd"
    REBOOT = "reboot"


SHARED_STEPS = frozenset({Step.RESTART_BLUETOOTHD, Step.REBOOT})
"""Steps that silence every other radio of the machine too."""


class Radio(Protocol):
    """One adapter. `open` and `take` raise RadioFault; `close` never raises."""

    name: str
    news: asyncio.Event
    """Set whenever something about the adapter changed; the listener clears it."""
    scan_path: str
    """How it listens now, for the health report."""

    @property
    def steps(self) -> Sequence[Step]:
        """Return what can be done now to heal this radio, mildest first."""
        ...

    @property
    def rates(self) -> Mapping[str, float]:
        """Return what the self-test measured, frames a minute by scan path."""
        ...

    def trouble(self) -> str | None:
        """Return why it cannot be hearing since it was opened, or None where nothing is known to be wrong."""
        ...

    async def test_paths(self, hear: Hear) -> None:
        """Find out, once at the start, which way of listening delivers most. Never raises."""
        ...

    async def open(self, hear: Hear) -> None: ...

    async def close(self) -> None: ...

    async def take(self, step: Step) -> None: ...
