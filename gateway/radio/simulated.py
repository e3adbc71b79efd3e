"""A radio without hardware: a world in the same process puts advertisements on the air."""

import asyncio
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from gateway.errors import RadioFault
from gateway.radio.port import Advertisement, Hear, Step
from protocol.clock import Clock


class SimulatedRadio:
    """What `air` sends is heard while the radio is open; `fail` makes it deaf until `mend`."""

    steps: Sequence[Step] = (Step.RESCAN, Step.NEW_SCANNER)
    rates: Mapping[str, float] = MappingProxyType({})

    def __init__(self, clock: Clock, name: str = "simulated") -> None:
        self.name = name
        self.scan_path = "simulated"
        self.news = asyncio.Event()
        self._clock = clock
        self._hear: Hear | None = None
        self._failure: str | None = None

    def air(self, payload: bytes, rssi_dbm: int) -> bool:
        """Send one advertisement now; return whether anybody listened."""
        if self._hear is None or self._failure is not None:
            return False
        self._hear(Advertisement(self._clock.now(), self.name, payload, rssi_dbm))
        return True

    def fail(self, reason: str) -> None:
        self._failure = reason
        self.news.set()

    def mend(self) -> None:
        self._failure = None
        self.news.set()

    def trouble(self) -> str | None:
        return self._failure

    async def test_paths(self, hear: Hear) -> None:
        """Know of one way only."""

    async def open(self, hear: Hear) -> None:
        if self._failure is not None:
            raise RadioFault(self._failure)
        self._hear = hear

    async def close(self) -> None:
        self._hear = None

    async def take(self, step: Step) -> None:
        if self._failure is not None:
            raise RadioFault(f"{step} does not help: {self._failure}")
