"""Ways across the sample store's floor: from shelf to aisle, along the aisle, to the next shelf; metres and milliseconds."""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from protocol.instants import SECOND, Instant

WALKING_M_PER_S = 1.1
"""A shopper with a bag; a commuter walks 1.4."""
AISLE_Y_M = 8.0
"""The aisle of the sample plan crosses the whole floor between the front and the back zones."""
DOOR = (17.0, 0.0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is, and the direction (unit vector) they face."""

    x_m: float
    y_m: float
    facing: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stop:
    """A spot on the floor and how long one stands there."""

    x_m: float
    y_m: float
    for_s: float


@dataclass(frozen=True, slots=True)
class _Leg:
    starts_at: Instant
    ends_at: Instant
    start: tuple[float, float]
    end: tuple[float, float]
    facing: tuple[float, float]


class Walk:
    """One visit: in by the door, from stop to stop, out by the door."""

    def __init__(self, enters_at: Instant, stops: Sequence[Stop]) -> None:
        self._legs: list[_Leg] = []
        self.enters_at = self.leaves_at = enters_at
        here = DOOR
        for stop in stops:
            here = self._go(here, (stop.x_m, stop.y_m))
            self._stand(here, stop.for_s)
        self._go(here, DOOR)
        self._starts = [leg.starts_at for leg in self._legs]

    def at(self, now: Instant) -> Place | None:
        """Return the place at an instant, or None outside the store."""
        if not self.enters_at <= now < self.leaves_at:
            return None
        leg = self._legs[bisect.bisect_right(self._starts, now) - 1]
        share = (now - leg.starts_at) / max(1, leg.ends_at - leg.starts_at)
        (x0, y0), (x1, y1) = leg.start, leg.end
        return Place(x0 + share * (x1 - x0), y0 + share * (y1 - y0), leg.facing)

    def _go(self, here: tuple[float, float], there: tuple[float, float]) -> tuple[float, float]:
        for corner in ((here[0], AISLE_Y_M), (there[0], AISLE_Y_M), there):
            dx, dy = corner[0] - here[0], corner[1] - here[1]
            length_m = (dx * dx + dy * dy) ** 0.5
            if length_m > 0:
                self._leg(here, corner, length_m / WALKING_M_PER_S, (dx / length_m, dy / length_m))
                here = corner
        return here

    def _stand(self, here: tuple[float, float], for_s: float) -> None:
        facing = self._legs[-1].facing if self._legs else (0.0, 1.0)
        self._leg(here, here, for_s, facing)

    def _leg(
        self, start: tuple[float, float], end: tuple[float, float], for_s: float, facing: tuple[float, float]
    ) -> None:
        began = self.leaves_at
        self.leaves_at = began + max(1, round(for_s * SECOND))
        self._legs.append(_Leg(began, self.leaves_at, start, end, facing))
