"""Which way of scanning delivers most, measured at the start (FIELD-NOTES: it depends on chip, kernel and BlueZ)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gateway.errors import RadioFault
from gateway.radio.port import Advertisement, Hear
from protocol.clock import Clock
from protocol.instants import MINUTE, SECOND, Instant

MEASURE_MS = 12 * SECOND
"""A chip that filters doubles begins anew every 10.5 s: shorter, and its first burst would flatter it."""
BETTER_BY = 1.1
"""A later path must deliver this much more to be preferred: below it is chance."""


class ScanPath(StrEnum):
    """Ways of scanning, the one that is best on most machines first."""

    BOTH = "both"
    ACTIVE = "active"
    PASSIVE = "passive"


class ManyPaths(Protocol):
    """A radio that can listen in more than one way."""

    path: ScanPath

    async def open(self, hear: Hear) -> None: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Measured:
    """What one path delivered; `reason` where it could not be opened."""

    path: ScanPath
    per_min: float
    reason: str | None = None


log = logging.getLogger(__name__)


async def choose_path(
    radio: ManyPaths, clock: Clock, hear: Hear, paths: Sequence[ScanPath] = tuple(ScanPath)
) -> list[Measured]:
    """Try every path for a while, leave the radio closed and set to the best; everything is heard meanwhile."""
    measured = [await _measure(radio, clock, hear, path) for path in paths]
    radio.path = best(measured)
    log.info(
        "scan paths: %s; taken: %s",
        ", ".join(f"{m.path} {m.reason or f'{m.per_min:.0f}/min'}" for m in measured),
        radio.path,
    )
    return measured


def best(measured: Sequence[Measured]) -> ScanPath:
    """Return the path to take: the first, unless a later one delivers clearly more."""
    taken = measured[0]
    for other in measured[1:]:
        if other.per_min > taken.per_min * BETTER_BY or (taken.reason and not other.reason):
            taken = other
    return taken.path


async def _measure(radio: ManyPaths, clock: Clock, hear: Hear, path: ScanPath) -> Measured:
    frames = 0

    def count(advertisement: Advertisement) -> None:
        nonlocal frames
        frames += bool(advertisement.payload)
        hear(advertisement)

    radio.path = path
    began: Instant = clock.now()
    try:
        await radio.open(count)
        await clock.sleep_until(began + MEASURE_MS)
    except RadioFault as fault:
        return Measured(path, 0, str(fault))
    finally:
        await radio.close()
    return Measured(path, frames * MINUTE / MEASURE_MS)
