"""Recorded sightings -> the decisions that follow, all shoppers on one time line (SPEC 4.8 and Small print). Pure, streaming."""

import heapq
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from campaigns.decision import Decision, sort_key
from campaigns.hearing import GatewayHearing
from campaigns.pipeline import Pipeline
from campaigns.shopper import Shopper
from campaigns.snapshot import BeaconPlace, Snapshot
from campaigns.state import History, ShopperState
from campaigns.stays import Fired, Sights, forget_past
from campaigns.timers import TimerKind, fire, next_due
from protocol.identity import BeaconIdentity
from protocol.instants import Instant
from protocol.plan import StorePlan
from protocol.sighting import Sighting


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
    """One shopper on the time line; `wake_at` is never later than what is due next."""

    __slots__ = ("shopper", "state", "wake_at")

    def __init__(self, shopper: Shopper, history: History | None) -> None:
        self.shopper = shopper
        self.state = ShopperState(history=history or History())
        self.wake_at: Instant | None = None


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
        self._heap: list[tuple[Instant, str]] = []

    def run(self, sightings: Iterable[tuple[Sighting, BeaconPlace]]) -> Iterator[Decision]:
        """Yield the decisions in order of output, until no timer or window is left."""
        stream = iter(sightings)
        coming = next(stream, None)
        while coming is not None or self._heap:
            now = self._heap[0][0] if self._heap else coming[0].at  # type: ignore[index]
            if coming is not None and coming[0].at < now:
                now = coming[0].at
            if self._next_presence is not None and self._next_presence.at <= now:
                self._learn(now)
            decisions: list[Decision] = []
            if self._heap and self._heap[0][0] <= now:
                self._run_timers(now, decisions)
            while coming is not None and coming[0].at == now:
                self._sight(*coming, now, decisions)
                coming = next(stream, None)
            self._close_windows(now, decisions)
            if decisions:
                decisions.sort(key=sort_key)
                yield from decisions

    def _learn(self, now: Instant) -> None:
        line = self._next_presence
        while line is not None and line.at <= now:
            self._hearing.learn(line.at, line.gateway, line.identity, present=line.present)
            line = next(self._presence, None)
        self._next_presence = line

    def _sight(self, sighting: Sighting, place: BeaconPlace, now: Instant, decisions: list[Decision]) -> None:
        track = self._tracks.get(sighting.shopper)
        if track is None:
            shopper = self._shoppers[sighting.shopper]
            track = self._tracks[sighting.shopper] = _Track(shopper, self._histories.get(shopper.id))
        fired = self._sights.sight(track.state.presence, place, sighting, now)
        if fired is None:
            return
        if fired:
            self._judge(track, fired, now, decisions)
        self._sleep(track, next_due(track.state.presence, self._snapshot))
        if track.wake_at is not None and track.wake_at <= now:
            self._run_timers(now, decisions)  # a span of 0 s is due at once

    def _judge(self, track: _Track, fired: Sequence[Fired], now: Instant, decisions: list[Decision]) -> None:
        for one in fired:
            decision = self._pipeline.judge(one, track.shopper, track.state, now)
            if decision is not None:
                decisions.append(decision)

    def _due_tracks(self, now: Instant) -> list[_Track]:
        """Take the shoppers off the heap who may have something due, in order of their ids."""
        shoppers = set()
        while self._heap and self._heap[0][0] <= now:
            wake_at, shopper = heapq.heappop(self._heap)
            if self._tracks[shopper].wake_at == wake_at:
                shoppers.add(shopper)
        return [self._tracks[shopper] for shopper in sorted(shoppers)]

    def _run_timers(self, now: Instant, decisions: list[Decision]) -> None:
        busy = self._still_due(self._due_tracks(now), now)
        while busy:
            for kind in TimerKind:
                for track in busy:
                    fired = fire(track.state.presence, self._snapshot, kind, now)
                    if fired:
                        self._judge(track, fired, now, decisions)
            for track in busy:
                if track.state.window is None:
                    forget_past(track.state.presence)
            busy = self._still_due(busy, now)

    def _still_due(self, tracks: list[_Track], now: Instant) -> list[_Track]:
        """Return those with a timer due now; the others sleep until their next timer or window."""
        out = []
        for track in tracks:
            due = next_due(track.state.presence, self._snapshot)
            if due is not None and due <= now:
                out.append(track)
            else:
                self._sleep(track, due)
        return out

    def _close_windows(self, now: Instant, decisions: list[Decision]) -> None:
        """Close every window that ends now, by shopper; all timers and sightings of this instant came before."""
        if not self._heap or self._heap[0][0] > now:
            return
        for track in self._due_tracks(now):
            decisions += self._pipeline.close_window(track.shopper, track.state, now)
            self._sleep(track, next_due(track.state.presence, self._snapshot))

    def _sleep(self, track: _Track, due: Instant | None) -> None:
        """Wake the shopper for the timer at `due` or the window's end, whichever is first."""
        window = track.state.window
        if window is not None and (due is None or window.ends_at < due):
            due = window.ends_at
        if due is not None:
            heapq.heappush(self._heap, (due, track.shopper.id))
        track.wake_at = due
