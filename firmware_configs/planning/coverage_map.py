"""The coverage map: own, overlap, bled and gap on the floor plan, and where more beacons should hang (SVG)."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from firmware_configs.drawing import draw_floor, point_of
from firmware_configs.pages import page
from firmware_configs.planning.coverage import Coverage, Heard
from firmware_configs.planning.placement import Placement
from protocol.plan import StorePlan

LEGEND: Final = (
    ("own", "its own zone, clearly"),
    ("beacon", "beacon"),
    ("overlap", "its own, another close behind"),
    ("missing", "one more should hang here"),
    ("bled", "another zone is louder"),
    ("gap", "gap: heard by luck only"),
)

_Run = tuple[str, float, float, float]
"""Class, left, top and width of neighbouring cells of one kind."""


def draw_map(plan: StorePlan, coverage: Coverage, placements: Sequence[Placement]) -> str:
    """Return the map as one SVG file that asks for nothing else."""
    depth_m = plan.floor_m[1]
    beacons = [
        (one.id, place) for one in plan.beacons if (place := point_of(one.position, depth_m)) is not None
    ]
    return page("planning/coverage.svg").render(
        plan=plan,
        floor=draw_floor(plan),
        side=coverage.side_m,
        runs=list(_runs(coverage, depth_m)),
        beacons=beacons,
        legend=LEGEND,
        missing=[point_of(point, depth_m) for one in placements for point in one.missing],
    )


def _runs(coverage: Coverage, depth_m: float) -> Iterator[_Run]:
    side = coverage.side_m
    for number, row in enumerate(coverage.rows):
        column = 0
        for kind, cells in groupby(row):
            width = len(list(cells))
            if kind is not Heard.OUTSIDE:
                yield (
                    kind.value,
                    round(column * side, 3),
                    round(depth_m - (number + 1) * side, 3),
                    round(width * side, 3),
                )
            column += width
