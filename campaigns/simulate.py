"""Recorded sightings -> the decisions that follow, all shoppers on one time line (SPEC 4.8 and Small print). Pure, streaming."""

import heapq
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple, TypeAlias

from campaigns.decision import Decision, sort_key
from campaigns.explain import Here, Line, explain
from campaigns.hearing import GatewayHearing
from campaigns.pipeline import Pipeline
from campaigns.shopper import Shopper
from campaigns.snapshot import BeaconPlace, Snapshot
from campaigns.state import History, ShopperState, Stay, Visit
from campaigns.stays import Fired, Sights, forget_past
from campaigns.timers import TIMER_KINDS, fire, next_due
from protocol.identity import BeaconIdentity
from protocol.instants import LATEST, Instant
from protocol.plan import StorePlan
from protocol.sighting import RANGED, Sighting

NEVER: Instant = 2 * LATEST
"""Beyond every instant that is read and every span added to it."""


@dataclass(frozen=True, slots=True, eq=False)
class Perceived:
    """What a sighting says but for when and of whom. A store has few of these: whoever reads sightings makes each once."""

    identity: BeaconIdentity
    place: BeaconPlace
    band: int
    kind: str


Seen: TypeAlias = tuple[Instant, str, Perceived]
"""A counting sighting: when, of which shopper, and what was perceived."""


class PresenceLine(NamedTuple):
    """A gateway has a beacon from `at` on, or has lost it."""

    at: Instant
    gateway: str
    identity: BeaconIdentity
    present: bool


class Spending:
    """Budgets of all campaigns: what was decided here, and what history says was received before."""

    def __init__(self, received: Mapping[str, Sequence[Instant]]) -> None:
        self._received = {campaign: sorted(instants) for campaign, instants in received.items()}
        self._decided: dict[str, int] = {}

    def used(self, campaign: str, now: Instant) -> int:
        return self._decided.get(campaign, 0) + bisect_right(self._received.get(campaign, ()), now)

    def reserve(self, campaign: str) -> None:
        self._decided[campaign] = self._decided.get(campaign, 0) + 1


class _Track:
    """One shopper on the time line."""

    __slots__ = ("due_at", "shopper", "state", "stays", "wake_at")

    def __init__(self, shopper: Shopper, history: History | None) -> None:
        self.shopper = shopper
        self.state = ShopperState(history=history or History())
        self.due_at: Instant | None = None
        """When a timer is due; never later than it is, since signs of life only move it on."""
        self.wake_at: Instant | None = None
        """When the heap will name the shopper: never later than a timer."""
        self.stays: dict[Perceived, tuple[Visit, Stay]] = {}
        """Where what is perceived again is but one more sign of life, as long as the stay is open: nine of ten."""


_NOWHERE = Visit("", 0, 0, 0), Stay("", 0, 0, [], 0, ended_at=0)


class Simulation:
    """Decides sightings given in order (at, id, shopper), each counted once, of shoppers who consent to proximity."""

    def __init__(
        self,
        snapshot: Snapshot,
        plans: Sequence[StorePlan],
        shoppers: Mapping[str, Shopper],
        histories: Mapping[str, History],
        spending: Spending,
        presence: Iterable[PresenceLine],
    ) -> None:
        self._snapshot, self._shoppers, self._histories = snapshot, shoppers, histories
        self._hearing = GatewayHearing(plans)
        self._presence = iter(presence)
        self._next_presence = next(self._presence, None)
        self._sights = Sights(snapshot, self._hearing)
        self._pipeline = Pipeline(snapshot, spending, self._sights, explains=False)
        self._tracks: dict[str, _Track] = {}
        self._timers: list[tuple[Instant, str]] = []
        """A heap of when to look at whom."""
        self._windows: list[tuple[Instant, str]] = []
        """A heap of the open windows' ends."""
        self._now: Instant = -NEVER
        self._decided: list[Decision] = []
        """At this instant."""

    def run(self, sightings: Iterable[Seen], until: Instant | None = None) -> Iterator[Decision]:
        """Yield the decisions in order of output, up to an instant or until no timer or window is left."""
        tracks, end = self._tracks, NEVER if until is None else until
        now = self._now
        for at, shopper, perceived in sightings:
            if at != now:
                if at > end:
                    break
                if self._is_due(at):
                    yield from self._live_on(at)
                now = self._now = at
            track = tracks.get(shopper) or self._begin(shopper)
            visit, stay = track.stays.get(perceived, _NOWHERE)
            if stay.ended_at is None:
                visit.last_at = stay.last_at = at
            else:
                self._sight(track, perceived)
        while (due := self._next_due()) < NEVER and due <= end:
            yield from self._live_on(due)
        yield from self._told()

    def explain(self, shopper: str, now: Instant) -> tuple[str, list[Line]] | None:
        """Say what stops each campaign for a shopper, where they were last seen; None if that was nowhere.

        `now` is the instant up to which the sightings were run.
        """
        track = self._tracks.get(shopper)
        visits = track.state.presence.visits.values() if track is not None else ()
        last = max(visits, key=lambda visit: visit.last_at, default=None)
        if track is None or last is None:
            return None
        here = Here(track.shopper, track.state, last.store, now)
        return last.store, explain(self._snapshot, self._pipeline, here, facts=True)

    def _is_due(self, at: Instant) -> bool:
        """Say whether anything is to be done before the sightings of an instant."""
        line = self._next_presence
        return bool(self._decided) or self._next_due() <= at or (line is not None and line.at <= at)

    def _next_due(self) -> Instant:
        """Return when the next shopper is to be looked at or the next window closed."""
        timer = self._timers[0][0] if self._timers else NEVER
        window = self._windows[0][0] if self._windows else NEVER
        return min(timer, window)

    def _live_on(self, until: Instant) -> Iterator[Decision]:
        """Do all that is due before the sightings of an instant; yield what was decided earlier than then."""
        while True:
            self._close_windows(self._now)
            yield from self._told()
            self._now = now = min(self._next_due(), until)
            self._learn(now)
            self._run_timers(now)
            if now == until:
                return

    def _told(self) -> Sequence[Decision]:
        """Return the decisions of the instant that is over, in order."""
        told, self._decided = self._decided, []
        told.sort(key=sort_key)
        return told

    def _learn(self, now: Instant) -> None:
        line = self._next_presence
        while line is not None and line.at <= now:
            self._hearing.learn(line.at, line.gateway, line.identity, present=line.present)
            line = next(self._presence, None)
        self._next_presence = line

    def _sight(self, track: _Track, perceived: Perceived) -> None:
        now, presence = self._now, track.state.presence
        identity, place, band, kind = perceived.identity, perceived.place, perceived.band, perceived.kind
        sighting = Sighting("", now, track.shopper.id, identity, band, kind)
        fired = self._sights.sight(presence, place, sighting, now)
        alive = self._sights.kept_alive(presence, place) if kind == RANGED else None
        if alive is not None:
            track.stays[perceived] = alive
        if fired is None:
            return
        if fired:
            self._judge(track, fired, now)
        track.due_at = next_due(presence, self._snapshot)
        self._sleep(track)
        if track.wake_at is not None and track.wake_at <= now:
            self._run_timers(now)  # a span of 0 s is due at once

    def _begin(self, shopper: str) -> _Track:
        track = self._tracks[shopper] = _Track(self._shoppers[shopper], self._histories.get(shopper))
        return track

    def _judge(self, track: _Track, fired: Sequence[Fired], now: Instant) -> None:
        before = track.state.window
        self._decided += self._pipeline.judge(fired, track.shopper, track.state, now)
        window = track.state.window
        if window is not None and window is not before:
            heapq.heappush(self._windows, (window.ends_at, track.shopper.id))

    def _run_timers(self, now: Instant) -> None:
        busy = self._still_due(self._due_tracks(now), now)
        while busy:
            for kind in TIMER_KINDS:
                for track in busy:
                    fired = fire(track.state.presence, self._snapshot, kind, now)
                    if fired:
                        self._judge(track, fired, now)
            for track in busy:
                if not track.state.presence.visits:
                    track.stays.clear()
                if track.state.window is None:
                    forget_past(track.state.presence)
            busy = self._still_due(busy, now)

    def _due_tracks(self, now: Instant) -> list[_Track]:
        """Take the shoppers off the heap who may have a timer due, in order of their ids."""
        heap, tracks, due = self._timers, self._tracks, []
        while heap and heap[0][0] <= now:
            wake_at, shopper = heapq.heappop(heap)
            track = tracks[shopper]
            if track.wake_at == wake_at:
                track.wake_at = None
                due.append(track)
        if len(due) > 1:
            due.sort(key=_BY_SHOPPER)
        return due

    def _still_due(self, tracks: list[_Track], now: Instant) -> list[_Track]:
        """Return those with a timer due now; the others sleep until their next one."""
        out = []
        for track in tracks:
            if track.due_at is not None and track.due_at <= now:
                track.due_at = next_due(track.state.presence, self._snapshot)
            if track.due_at is not None and track.due_at <= now:
                out.append(track)
            else:
                self._sleep(track)
        return out

    def _sleep(self, track: _Track) -> None:
        """Have the shopper woken for the next timer."""
        due = track.due_at
        if due is not None and (track.wake_at is None or due < track.wake_at):
            heapq.heappush(self._timers, (due, track.shopper.id))
            track.wake_at = due

    def _close_windows(self, now: Instant) -> None:
        """Close every window that ends now, by shopper; all timers and sightings of this instant came before."""
        windows = self._windows
        while windows and windows[0][0] <= now:
            _, shopper = heapq.heappop(windows)
            track = self._tracks[shopper]
            self._decided += self._pipeline.close_window(track.shopper, track.state, now)
            forget_past(track.state.presence)


_BY_SHOPPER = attrgetter("shopper.id")
