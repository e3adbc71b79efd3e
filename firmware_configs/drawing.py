"""The floor as drawn: y goes down in a drawing and up in a plan, so the bottom of the plan is the bottom of the drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.plan import StorePlan, Zone


@dataclass(frozen=True, slots=True)
class DrawnZone:
    """One zone: its outline as SVG points, and where its name stands."""

    id: str
    name: str
    points: str
    label: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Floor:
    """A floor to draw on; `dot` is the size of a mark that is seen at any floor's size."""

    width: float
    depth: float
    dot: float
    zones: tuple[DrawnZone, ...]


def draw_floor(plan: StorePlan) -> Floor:
    width_m, depth_m = plan.floor_m
    zones = tuple(_zone(zone, depth_m) for zone in plan.zones)
    return Floor(width_m, depth_m, max(width_m, depth_m) / 28, zones)


def point_of(position: Sequence[float] | None, depth_m: float) -> tuple[float, float] | None:
    """Return a place of the plan in the drawing."""
    return None if position is None else (position[0], round(depth_m - position[1], 3))


def _zone(zone: Zone, depth_m: float) -> DrawnZone:
    points = " ".join(f"{x:g},{depth_m - y:g}" for x, y in zone.polygon)
    xs, ys = zip(*zone.polygon, strict=True)
    # In the middle of its upper edge, where few devices hang.
    return DrawnZone(zone.id, zone.name, points, ((min(xs) + max(xs)) / 2, depth_m - max(ys)))
