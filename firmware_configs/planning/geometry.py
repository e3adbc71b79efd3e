"""Points and polygons on the floor, in metres (even-odd rule; shoelace formula)."""

from collections.abc import Sequence
from math import ceil, dist, sqrt
from typing import Final, TypeAlias

Point: TypeAlias = tuple[float, float]
Polygon: TypeAlias = Sequence[Point]

FINEST_M: Final = 0.5
"""Finer than anyone hangs a beacon, and than the model knows."""
MOST_CELLS: Final = 10_000
"""Cells of a floor; a larger one is looked at more coarsely."""
MOST_CELLS_OF_A_ZONE: Final = 1_600
"""They are gone through again for each beacon that is tried."""


def contains(polygon: Polygon, point: Point) -> bool:
    """Return whether a point lies inside."""
    x, y = point
    inside = False
    for (ax, ay), (bx, by) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside


def size_m2(polygon: Polygon) -> float:
    pairs = zip(polygon, (*polygon[1:], polygon[0]), strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)) / 2


def cell_m(width_m: float, depth_m: float, most: int = MOST_CELLS) -> float:
    """Return the side of a cell, so that a rectangle has at most about so many of them."""
    return max(FINEST_M, sqrt(width_m * depth_m / most))


def points_inside(polygon: Polygon) -> list[Point]:
    """Return the middles of the cells of a polygon, at least one: the corners' mean where it is smaller than a cell."""
    xs, ys = zip(*polygon, strict=True)
    left, bottom = min(xs), min(ys)
    side = cell_m(max(xs) - left, max(ys) - bottom, MOST_CELLS_OF_A_ZONE)
    columns, rows = ceil((max(xs) - left) / side), ceil((max(ys) - bottom) / side)
    middles = [
        (left + (column + 0.5) * side, bottom + (row + 0.5) * side)
        for row in range(rows)
        for column in range(columns)
    ]
    return [point for point in middles if contains(polygon, point)] or [mean(polygon)]


def mean(points: Sequence[Point]) -> Point:
    xs, ys = zip(*points, strict=True)
    return sum(xs) / len(points), sum(ys) / len(points)


def nearest(point: Point, points: Sequence[Point]) -> int:
    """Return which of the points is nearest."""
    return min(range(len(points)), key=lambda k: dist(point, points[k]))
