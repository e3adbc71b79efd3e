"""Majors of zones, so that a phone in a pocket can tell them apart: it monitors 20 regions of an app (Apple, CLLocationManager)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import dist
from typing import Final

from firmware_configs.planning.geometry import Point, mean
from protocol.plan import StorePlan, Zone

MOST_REGIONS: Final = 20
FIRST_MAJOR: Final = 1


@dataclass(frozen=True, slots=True)
class Regions:
    """What phones would monitor, what is wrong with it, and which major each zone should have."""

    used: int
    """Pairs of UUID and major over all stores given."""
    problems: tuple[str, ...]
    majors: tuple[tuple[str, int], ...]
    """(zone id, major): zones of one id share it over all stores, for a chain shares the 20 regions too."""


def plan_regions(plans: Sequence[StorePlan]) -> Regions:
    """Count the regions of a chain, say what phones cannot tell apart, and suggest majors."""
    pairs = {(beacon.identity.uuid, beacon.identity.major) for plan in plans for beacon in plan.beacons}
    problems = [problem for plan in plans for problem in _muddled(plan)]
    if len(pairs) > MOST_REGIONS:
        told = f"{len(pairs)} regions where a phone monitors {MOST_REGIONS}: it is given one a UUID, and one enter a store"
        problems.append(told)
    return Regions(len(pairs), tuple(problems), tuple(_majors(plans).items()))


def _muddled(plan: StorePlan) -> list[str]:
    """Return which zones of a store share a major, and which have several."""
    zones_of: dict[tuple[str, int], set[str]] = {}
    majors_of: dict[str, set[int]] = {}
    for beacon in plan.beacons:
        zones_of.setdefault((beacon.identity.uuid, beacon.identity.major), set()).add(beacon.zone)
        majors_of.setdefault(beacon.zone, set()).add(beacon.identity.major)
    shared = [
        f"{plan.id}: zones {', '.join(sorted(zones))} share major {major}: in a pocket they are one"
        for (_, major), zones in zones_of.items()
        if len(zones) > 1
    ]
    several = [
        f"{plan.id}: zone {zone} has majors {', '.join(map(str, sorted(majors)))}: one is enough"
        for zone, majors in majors_of.items()
        if len(majors) > 1
    ]
    return shared + several


def _majors(plans: Sequence[StorePlan]) -> dict[str, int]:
    """Give each zone id a major; beyond 20, the two groups of neighbours nearest to each other become one, again and again."""
    groups = [[zone] for zone in _one_of_each(plans)]
    while len(groups) > MOST_REGIONS:
        keep, gone = _nearest_groups(groups)
        groups[keep] += groups.pop(gone)
    return {zone.id: major for major, group in enumerate(groups, FIRST_MAJOR) for zone in group}


def _one_of_each(plans: Sequence[StorePlan]) -> list[Zone]:
    found: dict[str, Zone] = {}
    for plan in plans:
        for zone in plan.zones:
            found.setdefault(zone.id, zone)
    return list(found.values())


def _nearest_groups(groups: Sequence[Sequence[Zone]]) -> tuple[int, int]:
    """Return the pair that lies nearest; small groups first, so that no region becomes half a store."""
    middles = [_middle(group) for group in groups]
    pairs = ((a, b) for b in range(len(groups)) for a in range(b))
    return min(
        pairs,
        key=lambda pair: (
            len(groups[pair[0]]) + len(groups[pair[1]]),
            dist(middles[pair[0]], middles[pair[1]]),
        ),
    )


def _middle(group: Sequence[Zone]) -> Point:
    return mean([mean(zone.polygon) for zone in group])
