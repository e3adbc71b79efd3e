"""Stores on a map of our own: Mercator, graticule, marks by health, gathered where they would touch (RFC 7946 axes; no tiles). Pure."""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

WIDTH, HEIGHT = 1000.0, 760.0
"""Of the drawing; it is shown from 330 to 700 pixels wide."""
MARGIN = 70.0
TOGETHER = (96.0, 56.0)
"""Marks nearer than this, sideways and upwards, are one: so wide and high is the mark of several, and a finger on a phone."""
LEAST_SPAN = math.radians(0.08)
"""A chain of one town is drawn as a town, not as a street corner."""
NORTHMOST = 85.0
STEPS_DEG = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30)
MOST_LINES = 7
LETTER, LINE_HEIGHT, LABEL_GAP, SEVERAL_GAP = 12.5, 30.0, 22.0, 48.0
"""Of a name beside its mark, on the average."""
LONGEST_NAME = 26
STATES = ("stopped", "unwell", "unknown", "well")
"""Worst first."""


class Place(NamedTuple):
    """A store at its place, and how it is doing: one of STATES."""

    id: str
    name: str
    latitude: float
    longitude: float
    state: str


class Box(NamedTuple):
    """A part of the map, in degrees."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, latitude: float, longitude: float) -> bool:
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east

    def __str__(self) -> str:
        return ",".join(f"{part:.4f}" for part in self)


@dataclass(frozen=True, slots=True)
class Label:
    """A name beside a mark; of several stores what their names have in common, or one of them."""

    x: float
    y: float
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class MapMark:
    """One store, or several that lie together: then `box` is where to look closer."""

    x: float
    y: float
    state: str
    stores: tuple[Place, ...]
    box: Box
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class GridLine:
    """A meridian or parallel with its degrees."""

    x1: float
    y1: float
    x2: float
    y2: float
    text: str


@dataclass(frozen=True, slots=True)
class StoreMap:
    """All that is drawn."""

    marks: tuple[MapMark, ...]
    lines: tuple[GridLine, ...]


class _Frame(NamedTuple):
    """What part of the world is drawn: its middle on the projection, and units a radian."""

    x: float
    y: float
    scale: float

    def point(self, latitude: float, longitude: float) -> tuple[float, float]:
        return (
            WIDTH / 2 + (math.radians(longitude) - self.x) * self.scale,
            HEIGHT / 2 - (_mercator(latitude) - self.y) * self.scale,
        )


def read_box(text: str) -> Box | None:
    """Read "south,west,north,east"; None for anything else."""
    try:
        south, west, north, east = (float(part) for part in text.split(","))
    except ValueError:
        return None
    box = Box(south, west, north, east)
    return box if all(map(math.isfinite, box)) and south <= north and west <= east else None


def draw_map(places: Sequence[Place], all_places: Sequence[Place], box: Box | None) -> StoreMap:
    """Draw some places in the frame of the box, or of all of them, so that a filter does not move the map."""
    inside = [one for one in all_places if box is None or box.holds(one.latitude, one.longitude)]
    frame = _frame(inside or all_places)
    shown = [one for one in places if box is None or box.holds(one.latitude, one.longitude)]
    marks = [_mark(group) for group in _groups(shown, frame)]
    marks.sort(key=lambda one: (STATES.index(one.state), -len(one.stores), one.stores[0].name))
    return StoreMap(tuple(_labelled(marks)), tuple(_graticule(frame)))


def _mercator(latitude: float) -> float:
    held = max(-NORTHMOST, min(NORTHMOST, latitude))
    return math.asinh(math.tan(math.radians(held)))


def _frame(places: Sequence[Place]) -> _Frame:
    xs = [math.radians(one.longitude) for one in places]
    ys = [_mercator(one.latitude) for one in places]
    across = max(max(xs) - min(xs), LEAST_SPAN)
    upward = max(max(ys) - min(ys), LEAST_SPAN)
    scale = min((WIDTH - 2 * MARGIN) / across, (HEIGHT - 2 * MARGIN) / upward)
    return _Frame((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2, scale)


@dataclass(slots=True)
class _Group:
    """Stores that are one mark, with the sums of their places on the drawing: its middle is asked for thousands of times."""

    stores: list[Place]
    x_sum: float
    y_sum: float

    @property
    def middle(self) -> tuple[float, float]:
        return self.x_sum / len(self.stores), self.y_sum / len(self.stores)

    def take_in(self, other: "_Group") -> None:
        self.stores += other.stores
        self.x_sum += other.x_sum
        self.y_sum += other.y_sum

    def touches(self, other: "_Group") -> bool:
        (x, y), (u, v) = self.middle, other.middle
        return math.hypot((x - u) / TOGETHER[0], (y - v) / TOGETHER[1]) < 1


def _groups(places: Iterable[Place], frame: _Frame) -> list[_Group]:
    """Gather what would touch: each to the first group whose middle is near, groups until none are."""
    in_order = sorted(places, key=lambda one: one.id)
    groups = [_Group([one], *frame.point(one.latitude, one.longitude)) for one in in_order]
    merged = True
    while merged:
        merged, found = False, list[_Group]()
        for group in groups:
            near = next((other for other in found if other.touches(group)), None)
            if near is None:
                found.append(group)
            else:
                near.take_in(group)
                merged = True
        groups = found
    return groups


def _mark(gathered: _Group) -> MapMark:
    (x, y), group = gathered.middle, gathered.stores
    state = min((one.state for one in group), key=STATES.index)
    lats, lons = [one.latitude for one in group], [one.longitude for one in group]
    # A little more than the stores themselves, so that rounding leaves none out.
    box = Box(min(lats) - 0.001, min(lons) - 0.001, max(lats) + 0.001, max(lons) + 0.001)
    return MapMark(round(x, 1), round(y, 1), state, tuple(group), box)


def _labelled(marks: Sequence[MapMark]) -> Iterable[MapMark]:
    """Name what has room for its name, the worst first; the list beside the map names all."""
    taken = [_ground(one) for one in marks]
    for one in marks:
        label = _label(one, taken)
        yield one if label is None else MapMark(one.x, one.y, one.state, one.stores, one.box, label)


def _label(mark: MapMark, taken: list[tuple[float, float, float, float]]) -> Label | None:
    name, gap = _name(mark.stores), LABEL_GAP if len(mark.stores) == 1 else SEVERAL_GAP
    text = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    wide = LETTER * len(text)
    for anchor, left in (("start", mark.x + gap), ("end", mark.x - gap - wide)):
        room = (left, mark.y - LINE_HEIGHT / 2, left + wide, mark.y + LINE_HEIGHT / 2)
        own = _ground(mark)
        if left < 0 or left + wide > WIDTH or any(_touch(room, other) for other in taken if other != own):
            continue
        taken.append(room)
        return Label(mark.x + (gap if anchor == "start" else -gap), mark.y, text, anchor)
    return None


def _ground(mark: MapMark) -> tuple[float, float, float, float]:
    across, up = (18, 18) if len(mark.stores) == 1 else (TOGETHER[0] / 2, TOGETHER[1] / 2 - 2)
    return (mark.x - across, mark.y - up, mark.x + across, mark.y + up)


def _name(stores: Sequence[Place]) -> str:
    """Return a store's name; of several the words they all begin with, else the first one's and an ellipsis."""
    if len(stores) == 1:
        return stores[0].name
    words = [one.name.split() for one in stores]
    common = [column[0] for column in itertools.takewhile(_alike, zip(*words, strict=False))]
    return " ".join(common) or f"{stores[0].name} …"


def _alike(column: Sequence[str]) -> bool:
    return len(set(column)) == 1


def _touch(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _graticule(frame: _Frame) -> Iterable[GridLine]:
    west, east = (math.degrees(frame.x + side * WIDTH / 2 / frame.scale) for side in (-1, 1))
    south, north = (
        math.degrees(math.atan(math.sinh(frame.y + side * HEIGHT / 2 / frame.scale))) for side in (-1, 1)
    )
    step = next((one for one in STEPS_DEG if (east - west) / one <= MOST_LINES), STEPS_DEG[-1])
    for degrees in _multiples(west, east, step):
        x = round(frame.point(0, degrees)[0], 1)
        yield GridLine(x, 0, x, HEIGHT, _degrees(degrees, step, "E", "W"))
    for degrees in _multiples(south, north, step):
        y = round(frame.point(degrees, 0)[1], 1)
        yield GridLine(0, y, WIDTH, y, _degrees(degrees, step, "N", "S"))


def _multiples(start: float, end: float, step: float) -> list[float]:
    return [k * step for k in range(math.ceil(start / step), math.floor(end / step) + 1)]


def _degrees(value: float, step: float, positive: str, negative: str) -> str:
    places = max(0, -math.floor(math.log10(step)))
    side = "" if round(value, places) == 0 else positive if value > 0 else negative
    return f"{abs(value):.{places}f}° {side}".strip()
