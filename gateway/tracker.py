"""What one gateway hears, beacon by beacon: present, and lost after a silence that fits the beacon (SPEC 7, 9). Pure.

A scan may report a beacon as seldom as once in 10 s (FIELD-NOTES), so each beacon's own interval is learned and only
several missed reports in a row are a loss.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant

LOST_AFTER_MS: Final = 30 * SECOND
"""Shortest silence that is a loss: 15 s gave 5.1 false losses an hour at 3 m, 30 s gave 0.03 (FIELD-NOTES)."""
LOST_AFTER_MAX_MS: Final = 120 * SECOND
LOST_INTERVALS: Final = 6
"""Reports missed in a row before a slow beacon is lost: at 10 s apart it is lost after a minute."""
INTERVAL_GAIN: Final = 1 / 8
"""How quickly the learned interval follows: about eight reports."""
LATE_MS: Final = 2 * SECOND
"""A frame this much older than the latest says nothing about how strong the beacon is now."""
MAX_TRACKED: Final = 5_000
"""Beacons and tags at a time, about 2 MB; a flood of forged minors is counted beyond this, not kept."""


@dataclass(frozen=True, slots=True)
class BeaconReport:
    """One beacon's entry of a presence message; `rssi_dbm` is the strongest since the last report."""

    identity: BeaconIdentity
    state: Literal["present", "lost"]
    first_at: Instant
    last_at: Instant
    rssi_dbm: int
    measured_power_dbm: int
    count: int
    changed: bool
    """Whether this state is news: the first report of a presence, or its end."""


@dataclass(slots=True)
class _Track:
    first_at: Instant
    last_at: Instant
    power_dbm: int
    peak_dbm: int
    count: int = 1
    interval_ms: float = 0
    excused_ms: Instant = 0
    """Time since `last_at` in which nothing at all could be heard."""
    told: bool = False
    fresh: bool = True

    def lost_at(self) -> Instant:
        patience = min(LOST_INTERVALS * self.interval_ms, LOST_AFTER_MAX_MS)
        return self.last_at + self.excused_ms + max(LOST_AFTER_MS, int(patience))


class Tracker:
    """Fed with every decoded frame; asked once a second what is worth reporting."""

    def __init__(self, allowed_uuids: Iterable[str]) -> None:
        self._allowed = frozenset(allowed_uuids)
        self._tracks: dict[BeaconIdentity, _Track] = {}
        self.overflow = 0
        """Frames of beacons that were not tracked because too many already were."""

    def __len__(self) -> int:
        return len(self._tracks)

    def allow(self, allowed_uuids: Iterable[str]) -> None:
        """Track these UUIDs from now on; a beacon of another one that was told present is told lost in its time."""
        self._allowed = frozenset(allowed_uuids)

    def heard(self, at: Instant, identity: BeaconIdentity, rssi_dbm: int, measured_power_dbm: int) -> bool:
        """Take one frame and say whether its beacon is new; a frame from the past moves nothing back."""
        track = self._tracks.get(identity)
        if track is None:
            return self._begin(at, identity, rssi_dbm, measured_power_dbm)
        track.count += 1
        track.power_dbm = measured_power_dbm
        gap_ms = at - track.last_at
        if gap_ms < -LATE_MS:
            return False
        if not track.fresh or rssi_dbm > track.peak_dbm:
            track.peak_dbm = rssi_dbm
        track.fresh = True
        if gap_ms > 0:
            track.interval_ms += INTERVAL_GAIN * (gap_ms - track.interval_ms)
            track.last_at = at
            track.excused_ms = 0
        return False

    def _begin(self, at: Instant, identity: BeaconIdentity, rssi_dbm: int, measured_power_dbm: int) -> bool:
        if identity.uuid not in self._allowed:
            return False
        if len(self._tracks) >= MAX_TRACKED:
            self.overflow += 1
            return False
        self._tracks[identity] = _Track(at, at, measured_power_dbm, rssi_dbm)
        return True

    def excuse(self, span_ms: Instant) -> None:
        """Let a span in which the radio heard nothing of anybody not count as any beacon's silence."""
        for track in self._tracks.values():
            track.excused_ms += span_ms

    def report(self, now: Instant) -> list[BeaconReport]:
        """Return what was heard since the last report, and what is lost; what is lost is forgotten."""
        out: list[BeaconReport] = []
        gone: list[BeaconIdentity] = []
        for identity, track in self._tracks.items():
            if now >= track.lost_at():
                gone.append(identity)
                if track.told:
                    out.append(_entry(identity, track, "lost", changed=True))
            elif track.fresh:
                out.append(_entry(identity, track, "present", changed=not track.told))
                track.told, track.fresh = True, False
        for identity in gone:
            del self._tracks[identity]
        return out


def _entry(
    identity: BeaconIdentity, track: _Track, state: Literal["present", "lost"], *, changed: bool
) -> BeaconReport:
    return BeaconReport(
        identity=identity,
        state=state,
        first_at=track.first_at,
        last_at=track.last_at,
        rssi_dbm=track.peak_dbm,
        measured_power_dbm=track.power_dbm,
        count=track.count,
        changed=changed,
    )
