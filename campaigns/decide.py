"""One shopper, live: late uploads welcome, silences believed only after the upload lag (SPEC 4.8).

The state keeps the shopper's presence settled up to `now - lag`, and the sightings since. Each run settles further,
then plays those sightings on a copy up to now. Triggers come out once: what a replay yields again is recognised.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from campaigns.coupons import Issuer
from campaigns.decision import Decision
from campaigns.late import Late, forget_before, reach
from campaigns.limits import Ledger
from campaigns.pipeline import Pipeline
from campaigns.rule import Rule
from campaigns.shopper import Shopper
from campaigns.snapshot import Snapshot
from campaigns.state import Emitted, Pending, Presence, ShopperState, Stay, Visit
from campaigns.stays import Fired, Hearing, Sights, is_open_at
from campaigns.steps import LiveFacts
from campaigns.timers import TimerKind, fire, next_due, timers
from protocol.identity import BeaconIdentity
from protocol.instants import Instant
from protocol.sighting import Sighting

_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(Presence).decode


class StayKey(NamedTuple):
    """One stay of a shopper."""

    store: str
    visit_no: int
    zone: str
    stay_no: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run brought: decisions in the order in which they were made, and stays known to have ended."""

    decisions: list[Decision] = field(default_factory=list)
    ended_stays: list[StayKey] = field(default_factory=list)


class Decider:
    """Runs a shopper's state forward under one snapshot. The caller holds the shopper's row."""

    def __init__(
        self,
        snapshot: Snapshot,
        ledger: Ledger,
        hearing: Hearing,
        *,
        live: LiveFacts | None = None,
        coupons: Issuer | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._sights = Sights(snapshot, hearing)
        self._pipeline = Pipeline(snapshot, ledger, self._sights, live, coupons, explains=True)
        lags = [rules.plan.policy.upload_lag_ms for rules in snapshot.stores.values()]
        self._lag: Instant = max(lags, default=0)

    def sight(
        self, state: ShopperState, shopper: Shopper, sightings: Iterable[Sighting], now: Instant
    ) -> Outcome:
        """Take in sightings (each id once, of known beacons, with consent) and run everything due by `now`."""
        run = _Run(self, state, shopper, now)
        late: list[Sighting] = []
        for one in sightings:
            if one.at <= state.settled_at:
                late.append(one)
            else:
                state.recent.append(_pending(one))
        if late:
            run.take_late(sorted(late, key=lambda one: (one.at, one.id)))
        state.recent.sort(key=lambda one: (one.at, one.id))
        return run.settle_and_look_ahead()

    def run_due(self, state: ShopperState, shopper: Shopper, now: Instant) -> Outcome:
        """Run the shopper's timers and windows due by `now`."""
        return self.sight(state, shopper, (), now)

    def next_due(self, state: ShopperState) -> Instant | None:
        """Return the wall instant at which `run_due` next has work."""
        return state.due_at

    def presence_at(self, state: ShopperState, now: Instant) -> Presence:
        """Return where the shopper is by what is known now; the state is left as it is."""
        copy = ShopperState(presence=_DECODE(_ENCODE(state.presence)), recent=list(state.recent))
        player = _Player(self._snapshot, self._sights, copy)
        player.play(now)
        return copy.presence

    def stay_is_open(self, state: ShopperState, key: StayKey, now: Instant) -> bool:
        """Say whether a stay is open now, by what is known."""
        presence = self.presence_at(state, now)
        visit, rules = presence.visits.get(key.store), self._snapshot.stores.get(key.store)
        stay = visit.stays.get(key.zone) if visit is not None and visit.no == key.visit_no else None
        if stay is None or rules is None or stay.no != key.stay_no:
            return False
        return is_open_at(stay, rules.plan.policy, now)


def release(state: ShopperState, decision_at: Instant, campaign: str) -> bool:
    """Give a reservation back: its message was cancelled or expired before a provider took it."""
    for k, sent in enumerate(state.sent):
        if sent.at == decision_at and sent.campaign == campaign:
            del state.sent[k]
            return True
    return False


class _Player:
    """Plays a state's timers and sightings in order of their instants; a subclass hears of each trigger."""

    def __init__(self, snapshot: Snapshot, sights: Sights, state: ShopperState) -> None:
        self.snapshot, self.sights, self.state = snapshot, sights, state
        self.played = 0
        """How many of the recent sightings were played."""

    def heard(self, fired: Sequence[Fired], *, silence: bool) -> None:
        """Hear of triggers; those of a silence may not be believed yet."""

    def windows(self, until: Instant) -> None:
        """Close the window where it ends by `until`."""

    def window_at(self) -> Instant | None:
        return None

    def play(self, until: Instant) -> None:
        """Play everything that is due by `until`; at one instant timers, sightings, then windows."""
        due = next_due(self.state.presence, self.snapshot)
        while True:
            at = _earliest(due, self._coming(), self.window_at())
            if at is None or at > until:
                return
            changed = due is not None and due <= at
            if changed:
                self._timers(at)
            while self._coming() == at:
                changed = self.sight(_sighting(self.state.recent[self.played]), at) or changed
                self.played += 1
            self.windows(at)
            if changed:
                due = next_due(self.state.presence, self.snapshot)

    def _coming(self) -> Instant | None:
        recent = self.state.recent
        return recent[self.played].at if self.played < len(recent) else None

    def _timers(self, at: Instant) -> None:
        for kind in TimerKind:
            fired = fire(self.state.presence, self.snapshot, kind, at)
            if fired:
                self.heard(fired, silence=kind is not TimerKind.DWELL)

    def sight(self, sighting: Sighting, now: Instant) -> bool:
        """Apply a sighting; say whether something may now be due earlier."""
        place = self.snapshot.zone_of(sighting.identity)
        if place is None:
            return False  # the plan has changed since it was accepted
        fired = self.sights.sight(self.state.presence, place, sighting, now)
        if fired:
            self.heard(fired, silence=False)
        return fired is not None


def _earliest(*instants: Instant | None) -> Instant | None:
    return min((instant for instant in instants if instant is not None), default=None)


class _Run(_Player):
    """One run of the live state: settle up to the lag, then look ahead on a copy."""

    def __init__(self, decider: Decider, state: ShopperState, shopper: Shopper, now: Instant) -> None:
        super().__init__(decider._snapshot, decider._sights, state)
        self.pipeline, self.lag = decider._pipeline, decider._lag
        self.shopper, self.now = shopper, now
        self.known = list(state.emitted)
        """Triggers judged in earlier runs that no replay has yielded again yet."""
        self.ahead = False
        self.late: Late | None = None
        """What takes in late sightings, while it does."""
        self.doubted: list[Instant] = []
        """Silences played ahead that must be believed later."""
        self.outcome = Outcome()
        for store in [store for store in state.presence.visits if store not in self.snapshot.stores]:
            del state.presence.visits[store]

    def take_late(self, sightings: Sequence[Sighting]) -> None:
        """Take in sightings from before what is settled, in order: they can move instants, not undo triggers."""
        self.late = late = Late(self.snapshot, self.sights, self.state, self.now)
        late.begin_visits(sightings)
        for one in sightings:
            self.play(one.at)  # what earlier ones of these made due
            late.take(one)
        late.join()
        self.late = None
        for fired in sorted(late.fired, key=lambda one: one.at):
            self._judge([fired], reach(fired, self.snapshot))

    def settle_and_look_ahead(self) -> Outcome:
        state, horizon = self.state, max(self.state.settled_at, self.now - self.lag)
        self.play(horizon)
        del state.recent[: self.played]
        self.played, state.settled_at = 0, horizon
        # What was judged ahead, is older than the lag and did not come again, was moved by a late upload.
        state.emitted = [one for one in self.known if one.at > horizon]
        self.known = list(state.emitted)
        presence = state.presence
        self.ahead, state.presence = True, _DECODE(_ENCODE(presence))
        self.play(self.now)
        self._note(state.presence)
        state.presence = presence
        if state.window is None:
            forget_before(presence, self.snapshot, self.now)
        return self.outcome

    def heard(self, fired: Sequence[Fired], *, silence: bool) -> None:
        if self.late is not None:
            self.late.fired += fired
        elif not (self.ahead and silence):
            self._judge(fired, None)

    def _judge(self, fired: Sequence[Fired], before: Instant | None) -> None:
        new = [one for one in (self._new(one, before) for one in fired) if one.rules]
        if self.ahead:
            self.state.emitted += [_emitted(one, rule) for one in new for rule in one.rules]
        self.outcome.decisions.extend(self.pipeline.judge(new, self.shopper, self.state, self.now))

    def _new(self, fired: Fired, before: Instant | None) -> Fired:
        """Return a trigger without the rules that an earlier run judged, at an instant before one."""
        old = [rule for rule in fired.rules if self._came_before(rule, fired, before)] if self.known else []
        if not old:
            return fired
        return msgspec.structs.replace(fired, rules=[rule for rule in fired.rules if rule not in old])

    def _came_before(self, rule: Rule, fired: Fired, before: Instant | None) -> bool:
        key = (rule.id, fired.store, fired.zone)
        for k, one in enumerate(self.known):
            if (one.campaign, one.store, one.zone) == key and (before is None or one.at < before):
                del self.known[k]
                return True
        return False

    def _timers(self, at: Instant) -> None:
        if self.ahead:
            self.doubted += [
                t.at
                for t in timers(self.state.presence, self.snapshot)
                if t.at <= at and t.kind is not TimerKind.DWELL
            ]
        super()._timers(at)

    def window_at(self) -> Instant | None:
        return None if self.state.window is None else self.state.window.ends_at

    def windows(self, until: Instant) -> None:
        self.outcome.decisions.extend(self.pipeline.close_window(self.shopper, self.state, until))

    def _note(self, presence: Presence) -> None:
        """Note which stays have ended by what is known, and when something is due next."""
        for visit in (*presence.visits.values(), *presence.past):
            for stay in (*visit.stays.values(), *visit.past):
                if stay.ended_at is not None:
                    self.outcome.ended_stays.append(_key(visit, stay))
        due = [silence + self.lag for silence in self.doubted]
        due += [
            timer.at if timer.kind is TimerKind.DWELL else timer.at + self.lag
            for timer in timers(presence, self.snapshot)
        ]
        due += [one.at for one in self.state.recent[self.played :]]
        if self.state.window is not None:
            due.append(self.state.window.ends_at)
        self.state.due_at = min(due, default=None)


def _key(visit: Visit, stay: Stay) -> StayKey:
    return StayKey(visit.store, visit.no, stay.zone, stay.no)


def _pending(one: Sighting) -> Pending:
    return Pending(one.at, one.id, *one.identity, one.band, one.kind)


def _sighting(one: Pending) -> Sighting:
    identity = BeaconIdentity(one.uuid, one.major, one.minor)
    return Sighting(one.id, one.at, "", identity, one.band, one.kind)  # the state is one shopper's


def _emitted(fired: Fired, rule: Rule) -> Emitted:
    return Emitted(rule.id, rule.campaign.trigger.on, fired.store, fired.zone, fired.at)
