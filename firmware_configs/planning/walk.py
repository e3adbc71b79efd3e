"""What a walk with a receiver says of a store: second by second, where it is deaf and where zones bleed into each other."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean
from typing import Final, NamedTuple

from firmware_configs.planning.calibration import Sample, Verdict, judge
from protocol.errors import BadFrame, BadInput, Problem
from protocol.frame import parse_ibeacon
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant
from protocol.marks import Mark
from protocol.plan import StorePlan
from protocol.trace import Heard

WINDOW_MS: Final = 3 * SECOND
"""A beacon at 1 s is heard two or three times in it; phones smooth over as much."""
DEAF_MS: Final = 10 * SECOND
"""A zone that is not heard for so long loses a phone that just came in."""
CLEAR_DB: Final = 5
"""Nearer together than this, one body turns which zone is the louder."""
LOUDEST_DBM: Final = 0
"""Receivers write 0 and more, such as 127, for what they did not measure."""


class Frame(NamedTuple):
    """One frame of a beacon of the plan."""

    at: Instant
    identity: BeaconIdentity
    rssi_dbm: int


class Heed(StrEnum):
    """What a second of the walk was."""

    CLEAR = "clear"
    CLOSE = "close"
    BLED = "bled"
    DEAF = "deaf"


@dataclass(frozen=True, slots=True)
class Second:
    """One second in a zone; `heard_as` is the zone of the loudest beacon, None where nothing was heard."""

    at: Instant
    zone: str
    heed: Heed
    heard_as: str | None
    position: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Spell:
    """Seconds without a frame of the zone's own beacons."""

    start: Instant
    end: Instant
    zone: str
    position: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class ZoneWalk:
    """All seconds walked in one zone."""

    zone: str
    seconds: int
    heeds: dict[Heed, int]
    heard_as: dict[str, int]
    """Zone of the loudest beacon -> seconds, most first."""


@dataclass(frozen=True, slots=True)
class WalkReport:
    """A whole walk; `unwalked` are zones of the plan in which nobody stood, `unheard` beacons of walked zones never heard."""

    seconds: tuple[Second, ...]
    zones: tuple[ZoneWalk, ...]
    spells: tuple[Spell, ...]
    unwalked: tuple[str, ...]
    unheard: tuple[str, ...]

    def __bool__(self) -> bool:
        """Return whether there is anything to mend."""
        return bool(self.spells or self.unheard or any(zone.heeds.get(Heed.BLED) for zone in self.zones))


def frames_of(plan: StorePlan, trace: Iterable[Heard]) -> list[Frame]:
    """Return the frames of the plan's beacons, in order of time."""
    known = {beacon.identity for beacon in plan.beacons}
    found = []
    for heard in trace:
        if heard.rssi_dbm >= LOUDEST_DBM:
            continue
        try:
            identity = parse_ibeacon(heard.payload).identity
        except BadFrame:
            # A trace holds whatever was on the air; what is no iBeacon says nothing of a zone.
            continue
        if identity in known:
            found.append(Frame(heard.at, identity, heard.rssi_dbm))
    return sorted(found)


def check_marks(plan: StorePlan, marks: Sequence[Mark], source: str) -> None:
    """Refuse marks of places that are not in the plan. Raises BadInput."""
    known = plan.zone_ids | {beacon.id for beacon in plan.beacons}
    strange = sorted({mark.here for mark in marks if mark.here is not None} - known)
    if strange:
        raise BadInput(Problem(source, None, f"zones and beacons of {plan.id}", ", ".join(strange)))


def judge_beacons(plan: StorePlan, frames: Sequence[Frame], marks: Sequence[Mark]) -> dict[str, Verdict]:
    """Judge each beacon that the marks name by the frames heard until the next mark."""
    identities = {beacon.id: beacon.identity for beacon in plan.beacons}
    found: dict[str, list[Sample]] = {}
    for mark, end in _spans(frames, marks):
        if mark.here in identities:
            heard = [Sample(frame.identity, frame.rssi_dbm) for frame in frames if mark.at <= frame.at < end]
            found.setdefault(mark.here, []).extend(heard)
    return {beacon: judge(identities[beacon], heard) for beacon, heard in found.items()}


def report(plan: StorePlan, frames: Sequence[Frame], marks: Sequence[Mark]) -> WalkReport:
    """Judge every second that was walked in a zone."""
    zone_of = {beacon.identity: beacon.zone for beacon in plan.beacons}
    seconds: list[Second] = []
    spells: list[Spell] = []
    for mark, end in _spans(frames, marks):
        if mark.here in plan.zone_ids:
            walked = _walked(mark, end, _next_position(mark, marks), frames, zone_of)
            seconds += walked
            spells += _spells(walked, frames, zone_of)
    been = {second.zone for second in seconds}
    heard = {frame.identity for frame in frames}
    return WalkReport(
        seconds=tuple(seconds),
        zones=tuple(_zone(zone.id, seconds) for zone in plan.zones if zone.id in been),
        spells=tuple(spells),
        unwalked=tuple(zone.id for zone in plan.zones if zone.id not in been),
        unheard=tuple(b.id for b in plan.beacons if b.zone in been and b.identity not in heard),
    )


def _spans(frames: Sequence[Frame], marks: Sequence[Mark]) -> list[tuple[Mark, Instant]]:
    """Return each mark with its end: the next mark, or the last frame."""
    over = frames[-1].at + 1 if frames else 0
    ends = [*(mark.at for mark in marks[1:]), max(over, marks[-1].at if marks else 0)]
    return list(zip(marks, ends, strict=True))


def _next_position(mark: Mark, marks: Sequence[Mark]) -> tuple[Instant, tuple[float, float]] | None:
    """Return the next mark that tells a place: between two such marks somebody walked steadily."""
    return next(((one.at, one.position) for one in marks if one.at > mark.at and one.position), None)


def _walked(
    mark: Mark,
    end: Instant,
    towards: tuple[Instant, tuple[float, float]] | None,
    frames: Sequence[Frame],
    zone_of: dict[BeaconIdentity, str],
) -> list[Second]:
    assert mark.here is not None
    out = []
    for at in range(mark.at, end, SECOND):
        levels = _levels(frames, at, zone_of)
        heard_as = max(levels, key=lambda zone: levels[zone], default=None)
        position = _between(mark, towards, at) if mark.position else None
        out.append(Second(at, mark.here, _heed(mark.here, levels), heard_as, position))
    return out


def _levels(frames: Sequence[Frame], at: Instant, zone_of: dict[BeaconIdentity, str]) -> dict[str, float]:
    """Return each zone's loudest beacon by its mean in the window around a second."""
    heard: dict[BeaconIdentity, list[int]] = {}
    for frame in _within(frames, at + SECOND - WINDOW_MS, at + SECOND):
        heard.setdefault(frame.identity, []).append(frame.rssi_dbm)
    levels: dict[str, float] = {}
    for identity, rssi in heard.items():
        zone = zone_of[identity]
        levels[zone] = max(fmean(rssi), levels.get(zone, -float("inf")))
    return levels


def _within(frames: Sequence[Frame], start: Instant, end: Instant) -> Sequence[Frame]:
    low = bisect_left(frames, start, key=lambda frame: frame.at)
    return frames[low : bisect_left(frames, end, lo=low, key=lambda frame: frame.at)]


def _heed(zone: str, levels: dict[str, float]) -> Heed:
    own = levels.get(zone)
    others = max((level for other, level in levels.items() if other != zone), default=None)
    if own is None:
        return Heed.DEAF if others is None else Heed.BLED
    if others is None or own - others >= CLEAR_DB:
        return Heed.CLEAR
    return Heed.CLOSE if own >= others else Heed.BLED


def _between(
    mark: Mark, towards: tuple[Instant, tuple[float, float]] | None, at: Instant
) -> tuple[float, float]:
    assert mark.position is not None
    if towards is None:
        return mark.position
    share = (at - mark.at) / (towards[0] - mark.at)
    (x, y), (to_x, to_y) = mark.position, towards[1]
    return round(x + share * (to_x - x), 2), round(y + share * (to_y - y), 2)


def _spells(
    walked: Sequence[Second], frames: Sequence[Frame], zone_of: dict[BeaconIdentity, str]
) -> list[Spell]:
    """Return the silences of a zone's own beacons that are long enough to lose a phone."""
    if not walked:
        return []
    zone, start, end = walked[0].zone, walked[0].at, walked[-1].at + SECOND
    own = [f.at for f in _within(frames, start, end) if zone_of[f.identity] == zone]
    pairs = zip([start, *own], [*own, end], strict=True)
    silences = [(a, b) for a, b in pairs if b - a >= DEAF_MS]
    return [Spell(a, b, zone, walked[(a - start) // SECOND].position) for a, b in silences]


def _zone(zone: str, seconds: Sequence[Second]) -> ZoneWalk:
    mine = [second for second in seconds if second.zone == zone]
    heard = Counter(second.heard_as for second in mine if second.heard_as is not None)
    return ZoneWalk(zone, len(mine), dict(Counter(second.heed for second in mine)), dict(heard.most_common()))
