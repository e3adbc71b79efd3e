"""How a phone's operating system watches regions for a sleeping app: enter after a moment, exit after half a minute of silence.

FIELD-NOTES, Phones: an exit comes after a cushion of 30 s; in the background an enter may be late.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from aislecue.demo.phone import Heard, Region
from protocol.instants import SECOND, Instant

EXIT_CUSHION = 30 * SECOND
ENTER_DELAY_S = (1, 6)
INSIDE_DBM = -88
"""A sleeping phone's scan windows are short: faint frames do not make an enter."""


@dataclass(frozen=True, slots=True)
class RegionEvent:
    """What wakes the app."""

    region: Region
    entered: bool


class RegionWatch:
    """One phone's monitored regions."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._inside: dict[Region, Instant] = {}
        self._coming: dict[Region, Instant] = {}

    def events(self, now: Instant, heard: Iterable[Heard]) -> list[RegionEvent]:
        """Take in a second of frames and return the events that are due now, exits first."""
        loud = {Region(one.identity.uuid, one.identity.major) for one in heard if one.rssi_dbm >= INSIDE_DBM}
        for region in loud:
            if region in self._inside:
                self._inside[region] = now
            elif region not in self._coming:
                self._coming[region] = now + self._random.randint(*ENTER_DELAY_S) * SECOND
        left = sorted(region for region, at in self._inside.items() if now >= at + EXIT_CUSHION)
        came = sorted(region for region, at in self._coming.items() if now >= at and region in loud)
        for region in left:
            del self._inside[region]
        for region in came:
            del self._coming[region]
            self._inside[region] = now
        return [RegionEvent(r, entered=False) for r in left] + [RegionEvent(r, entered=True) for r in came]
