"""Uploads from before what is settled: each sighting goes to the stay that it would have had in order (SPEC 4.8). Pure.

What has fired stays fired. Stays are kept, their sightings are not, so in-order play cannot be known where
- an `unknown` or a region `exit` came before the sightings that it would have kept alive or ended;
- a late `enter` holds what was ranged since, or a late `exit` or `enter` elsewhere would have ended a held stay that
  was seen after it;
- a dwell, moved back, falls due where its stay was away for a while: it fires there, not at the return;
- a visit has ended (`visit_gap_s` below 600 only): its late sightings are passed over while a newer visit runs, and
  begin another one when none does.
"""

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from campaigns.rule import Rule
from campaigns.snapshot import BeaconPlace, Snapshot, StoreRules
from campaigns.state import Presence, ShopperState, Stay, Visit
from campaigns.stays import Fired, Sights, due_dwells, end_due, end_stay
from protocol.instants import LATEST, SECOND, Instant
from protocol.sighting import ENTER, EXIT, UNKNOWN, Sighting

LATE_MS: Instant = 600 * SECOND
"""A sighting further behind now is ignored (SPEC 4.1), so no stay need be kept for it."""

FOREVER: Instant = 2 * LATEST
"""Beyond every instant that is read and every span added to it."""


class Late:
    """Takes in late sightings, given in order of their instants; what they fire is judged when all are in."""

    def __init__(self, snapshot: Snapshot, sights: Sights, state: ShopperState, now: Instant) -> None:
        self._snapshot, self._sights, self._state, self._now = snapshot, sights, state, now
        self._touched: set[tuple[str, str]] = set()
        self.fired: list[Fired] = []

    def begin_visits(self, sightings: Sequence[Sighting]) -> None:
        """Let the running visits begin at the earliest sighting that no silence of a visit's end parts from them."""
        presence = self._state.presence
        for one in reversed(sightings):
            place = self._snapshot.zone_of(one.identity)
            visit = presence.visits.get(place.store) if place is not None else None
            if visit is None or not _may_open(one):
                continue
            gap_ms = self._snapshot.stores[visit.store].plan.policy.visit_gap_ms
            if one.at < visit.started_at < one.at + gap_ms:
                visit.started_at = presence.started[visit.store][-1] = one.at

    def take(self, sighting: Sighting) -> None:
        """Apply a sighting to the stay of its time, whatever came after it."""
        place = self._snapshot.zone_of(sighting.identity)
        if place is None:
            return  # the plan has changed since it was accepted
        self._touched.add((place.store, place.zone))
        visit = self._state.presence.visits.get(place.store)
        if visit is None:
            self._sight(place, sighting)
        elif sighting.at >= visit.started_at:
            if sighting.kind == ENTER:
                _end_sooner(visit, place.zone, sighting.at)
            stays = _stays(visit, place.zone)
            before = [stay for stay in stays if stay.opened_at <= sighting.at]
            if before == stays:
                self._see(place, before[-1] if before else None, sighting)
                self._end_elsewhere(visit, place)
            else:
                self._see_earlier(visit, before[-1] if before else None, place, sighting)

    def join(self) -> None:
        """Let each stay live up to the next one of its zone, and make one of those that no silence parts."""
        for store, zone in sorted(self._touched):
            visit = self._state.presence.visits.get(store)
            if visit is None or zone not in visit.stays:
                continue
            rules = self._snapshot.stores[store]
            for earlier, later in pairwise(_stays(visit, zone)):
                self._join(rules, visit, earlier, later)
            self._live_until(rules, visit, visit.stays[zone], self._state.settled_at)

    def _see_earlier(self, visit: Visit, stay: Stay | None, place: BeaconPlace, sighting: Sighting) -> None:
        """Apply a sighting as if the zone's latest stay had not begun."""
        zone = place.zone
        # It counts down, for the numbers above are those of stays that came later.
        no = min(one.no for one in _stays(visit, zone)) - 1
        latest = visit.stays.pop(zone)
        if stay is not None:
            self._live_until(self._snapshot.stores[place.store], visit, stay, sighting.at)
            visit.past.remove(stay)
            visit.stays[zone] = stay
        self._see(place, stay, sighting)
        seen = visit.stays.get(zone)
        if seen is not None:
            seen.no = stay.no if seen is stay else no
            visit.past.append(seen)
        visit.stays[zone] = latest

    def _see(self, place: BeaconPlace, stay: Stay | None, sighting: Sighting) -> None:
        """Apply a sighting to the zone's stay; one that has ended since then is not reopened by it."""
        if stay is None or stay.ended_at is None or sighting.at >= stay.ended_at:
            self._sight(place, sighting)
            return
        if sighting.kind == EXIT:
            stay.ended_at = sighting.at if sighting.at >= stay.last_at else stay.ended_at
            return
        ended_at, policy = stay.ended_at, self._snapshot.stores[place.store].plan.policy
        by_silence = ended_at == end_due(stay, policy)
        stay.ended_at = None
        self._sight(place, sighting)
        if not by_silence:  # a region event stands, a silence falls due anew
            stay.ended_at = ended_at

    def _sight(self, place: BeaconPlace, sighting: Sighting) -> None:
        self.fired += self._sights.sight(self._state.presence, place, sighting, self._now) or ()

    def _end_elsewhere(self, visit: Visit, place: BeaconPlace) -> None:
        """End a held stay where another zone is known to have been entered since."""
        stay = visit.stays.get(place.zone)
        elsewhere = FOREVER if stay is None else _entered_elsewhere(visit, stay)
        if stay is not None and elsewhere < FOREVER:
            self._live_until(self._snapshot.stores[place.store], visit, stay, elsewhere)

    def _live_until(self, rules: StoreRules, visit: Visit, stay: Stay, at: Instant) -> None:
        """Let a stay dwell, and end if it must, before anything of an instant is seen."""
        end = stay.ended_at
        if end is None:
            end = min(end_due(stay, rules.plan.policy), _entered_elsewhere(visit, stay))
        self.fired += due_dwells(rules, visit, stay, min(end - 1, at), None)
        if stay.ended_at is None and end <= at:
            self.fired += end_stay(rules, visit, stay, end)

    def _join(self, rules: StoreRules, visit: Visit, earlier: Stay, later: Stay) -> None:
        opening, policy = later.opened_at, rules.plan.policy
        self._live_until(rules, visit, earlier, opening)
        away = earlier.ended_at is not None
        if earlier.ended_at is not None and opening - earlier.ended_at >= policy.reentry_ms:
            return
        if earlier.held and not away:
            # What was ended by a silence falls due anew: the silence of a held stay is longer.
            later.ended_at = None if later.ended_at == end_due(later, policy) else later.ended_at
            later.held = True
        self.fired = [new for one in self.fired if (new := _of_one_stay(one, earlier, later)).rules]
        _absorb(earlier, later)
        visit.past.remove(earlier)
        self._rename(visit, earlier, later)
        if away:
            self.fired += due_dwells(rules, visit, later, opening, opening)

    def _rename(self, visit: Visit, earlier: Stay, later: Stay) -> None:
        """Let candidates that wait for arbitration be of the one stay."""
        window = self._state.window
        place = (visit.store, visit.no, earlier.zone, earlier.no)
        for one in window.candidates if window is not None else ():
            if (one.store, one.visit_no, one.zone, one.stay_no) == place:
                one.stay_no = later.no


def reach(fired: Fired, snapshot: Snapshot) -> Instant | None:
    """Return from when on a trigger judged before cannot have been of this one's stay; None where it is of no stay."""
    if fired.stay is None:
        return None
    policy, ended_at = snapshot.stores[fired.store].plan.policy, fired.stay.ended_at
    return (end_due(fired.stay, policy) if ended_at is None else ended_at) + policy.reentry_ms


def forget_before(presence: Presence, snapshot: Snapshot, now: Instant) -> None:
    """Drop what neither an open window nor a late upload could still ask about."""
    presence.past.clear()
    for store, visit in presence.visits.items():
        if visit.past:
            reentry_ms = snapshot.stores[store].plan.policy.reentry_ms
            visit.past = [stay for stay in visit.past if (stay.ended_at or 0) + reentry_ms > now - LATE_MS]


def _may_open(one: Sighting) -> bool:
    return one.kind == ENTER or (one.kind != EXIT and one.band != UNKNOWN)


def _stays(visit: Visit, zone: str) -> list[Stay]:
    """Return the stays of a zone that are remembered, in order."""
    stays = [stay for stay in (*visit.past, *visit.stays.values()) if stay.zone == zone]
    return sorted(stays, key=lambda stay: stay.opened_at)


def _entered_elsewhere(visit: Visit, stay: Stay) -> Instant:
    """Return when a region enter elsewhere ended a held stay, as far as a stay that it opened shows."""
    opened = [
        other.opened_at
        for other in (*visit.past, *visit.stays.values())
        if stay.held and other.held and other.zone != stay.zone and other.opened_at >= stay.last_at
    ]
    return min(opened, default=FOREVER)


def _end_sooner(visit: Visit, zone: str, at: Instant) -> None:
    """Move the end of the held stays that a region enter elsewhere would have ended first."""
    for stay in (*visit.past, *visit.stays.values()):
        if (
            stay.zone != zone
            and stay.held
            and stay.ended_at is not None
            and stay.last_at <= at < stay.ended_at
        ):
            stay.ended_at = at


def _of_one_stay(fired: Fired, earlier: Stay, later: Stay) -> Fired:
    """Return a trigger of the earlier stay as one of both, without what the later one fired before."""
    if fired.stay is not earlier:
        return fired
    rules = [rule for rule in fired.rules if not _has_fired(rule, later)]
    return msgspec.structs.replace(fired, stay=later, rules=rules)


def _has_fired(rule: Rule, stay: Stay) -> bool:
    trigger = rule.campaign.trigger
    if trigger.on == "enter":
        return stay.first_at[trigger.within] is not None
    return rule.id in stay.dwelt or (trigger.on == "exit" and stay.exited)


def _absorb(earlier: Stay, later: Stay) -> None:
    """Make the later stay the one that both are: its number is known to messages under way."""
    later.opened_at = earlier.opened_at
    later.first_at = [
        old if new is None or (old is not None and old < new) else new
        for old, new in zip(earlier.first_at, later.first_at, strict=True)
    ]
    later.exited = earlier.exited or later.exited
    later.dwelt |= earlier.dwelt
    later.heard = earlier.heard or later.heard
    later.unheard = earlier.unheard | later.unheard
