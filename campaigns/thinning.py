"""Which sightings are needed so that stays, visits and triggers come out the same without the others (SPEC 4). Pure.

Of a run of `ranged` sightings of one beacon in one band the first and the last are needed, and between them enough
that no silence longer than `gap` appears. A run ends at a longer silence, and at any region event: that may end a stay.
Under every plan whose `exit_grace_s` exceeds the gap, a sighting left out has one before and one after it in its run,
so it neither opened nor ended a stay, nor was the first of its band. The same two hear the same gateway within 30 s.
"""

from collections.abc import Iterable
from typing import TypeAlias

from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant
from protocol.policy import Policy
from protocol.sighting import RANGED, UNKNOWN, Sighting

LONGEST_GAP_MS: Instant = 20 * SECOND
"""Below the default `exit_grace_s` of 30 s, and below the 30 s within which a gateway corroborates."""

_Key: TypeAlias = tuple[BeaconIdentity, int]


class _Run:
    """Sightings of one beacon in one band: when the last was taken, and the one that may yet be needed."""

    __slots__ = ("taken_at", "waiting")

    def __init__(self, taken_at: Instant) -> None:
        self.taken_at = taken_at
        self.waiting: Sighting | None = None


def gap_for(policies: Iterable[Policy]) -> Instant:
    """Return the longest gap that no store's policy takes for silence; 0 leaves everything as it is."""
    return min([LONGEST_GAP_MS, *(max(policy.exit_grace_ms - 1, 0) for policy in policies)])


def needed(sightings: Iterable[Sighting], gap: Instant) -> list[Sighting]:
    """Return what is needed of one shopper's sightings, which come in order of instant and id."""
    if gap <= 0:
        return list(sightings)
    runs: dict[_Key, _Run] = {}
    out: list[Sighting] = []
    for one in sightings:
        if one.kind != RANGED:
            _end(runs, out)
            out.append(one)
        elif _opens(runs, one, gap, out):
            out.append(one)
            if one.band != UNKNOWN:
                # It may open a stay; an unknown band counts only from then on.
                _end(runs, out, only=UNKNOWN)
            runs[one.identity, one.band] = _Run(one.at)
    _end(runs, out)
    out.sort(key=lambda one: (one.at, one.id))
    return out


def _opens(runs: dict[_Key, _Run], one: Sighting, gap: Instant, out: list[Sighting]) -> bool:
    """Say whether a sighting begins a run; otherwise it waits in the run that goes on."""
    run = runs.get((one.identity, one.band))
    if run is None:
        return True
    if one.at - run.taken_at > gap and run.waiting is not None:
        out.append(run.waiting)
        run.taken_at, run.waiting = run.waiting.at, None
    if one.at - run.taken_at > gap:
        return True
    run.waiting = one
    return False


def _end(runs: dict[_Key, _Run], out: list[Sighting], only: int | None = None) -> None:
    for key in [key for key in runs if only is None or key[1] == only]:
        run = runs.pop(key)
        if run.waiting is not None:
            out.append(run.waiting)
