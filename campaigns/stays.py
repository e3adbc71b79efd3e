"""Sightings and silences -> stays, visits and triggers (SPEC 4). A pure machine; instants come in order but for late uploads."""

from collections.abc import Iterable
from enum import IntEnum
from operator import attrgetter
from typing import NamedTuple, Protocol

from campaigns.snapshot import BeaconPlace, Rule, Snapshot, StoreRules
from campaigns.state import Presence, Stay, Visit
from protocol.identity import BeaconIdentity
from protocol.instants import Instant
from protocol.policy import Policy
from protocol.sighting import ENTER, EXIT, FAR, RANGED, UNKNOWN, Sighting


class Hearing(Protocol):
    """What gateways are known to have heard."""

    def heard_near(self, identity: BeaconIdentity, at: Instant, now: Instant) -> bool:
        """Say whether a gateway of the beacon's zone had it present less than 30 s from `at`, as known by `now`."""
        ...


class Fired(NamedTuple):
    """One campaign's trigger at its instant."""

    rule: Rule
    at: Instant
    store: str
    zone: str | None
    visit: Visit
    stay: Stay | None


class TimerKind(IntEnum):
    """Kinds of timers, in the order in which they go at one instant (SPEC 4.8)."""

    STAY_END = 0
    DWELL = 1
    LEAVE = 2
    VISIT_END = 3


_BY_RULE = attrgetter("rule.id", "store")


def in_order(fired: list[Fired]) -> list[Fired]:
    """Return triggers of one sighting, or timers of one kind: by campaign, then store."""
    if len(fired) > 1:
        fired.sort(key=_BY_RULE)
    return fired


class Sights:
    """Applies sightings to one shopper's presence under a snapshot."""

    def __init__(self, snapshot: Snapshot, hearing: Hearing) -> None:
        self._snapshot, self._hearing = snapshot, hearing

    def sight(
        self, presence: Presence, place: BeaconPlace, sighting: Sighting, now: Instant
    ) -> list[Fired] | None:
        """Change visit and stay by one sighting of a known beacon; return its triggers in order.

        None says that it was one more sign of life in an open stay: no trigger, and no timer is due earlier than before.
        """
        rules = self._snapshot.stores[place.store]
        visit = presence.visits.get(place.store)
        stay = visit.stays.get(place.zone) if visit is not None else None
        is_open = stay is not None and stay.ended_at is None
        if visit and stay and is_open and sighting.kind == RANGED and _band_known(stay, sighting):
            visit.last_at = max(visit.last_at, sighting.at)
            stay.last_at = max(stay.last_at, sighting.at)
            if rules.asks_hearing and not stay.heard:
                self._listen(visit, stay, place.beacon, sighting, now)
            return None
        if sighting.kind == EXIT:
            return in_order(_end(rules, visit, stay, sighting.at)) if visit and stay and is_open else []
        if sighting.band == UNKNOWN and sighting.kind != ENTER and not is_open:
            return []
        fired: list[Fired] = []
        if visit is None:
            visit = _open_visit(presence, rules, place.store, sighting.at, fired)
        if sighting.kind == ENTER:
            fired += _end_held_elsewhere(rules, visit, place.zone, sighting.at)
        if stay is None or not is_open:
            stay = _open_or_reopen(rules, visit, place.zone, stay, sighting, fired)
        self._count(rules, visit, stay, sighting, fired)
        if rules.asks_hearing and not stay.heard:
            self._listen(visit, stay, place.beacon, sighting, now)
        return in_order(fired)

    def _count(
        self, rules: StoreRules, visit: Visit, stay: Stay, sighting: Sighting, fired: list[Fired]
    ) -> None:
        at, band = sighting.at, sighting.band
        if sighting.kind == ENTER:
            stay.held, band = True, FAR
        visit.last_at = max(visit.last_at, at)
        stay.last_at = max(stay.last_at, at)
        self._see_bands(rules, visit, stay, band, at, fired)

    @staticmethod
    def _see_bands(
        rules: StoreRules, visit: Visit, stay: Stay, band: int, at: Instant, fired: list[Fired]
    ) -> None:
        """Keep the first instant of this band and every wider one; `enter` fires at it."""
        first_at = stay.first_at
        for wider in range(band, FAR + 1):
            seen_at = first_at[wider]
            if seen_at is None:
                first_at[wider] = at
                rules_in = rules.enter.get((stay.zone, wider), ())
                fired += [Fired(rule, at, visit.store, stay.zone, visit, stay) for rule in rules_in]
            elif at < seen_at:
                first_at[wider] = at  # a late upload; in order, this would have been the first

    def _listen(self, visit: Visit, stay: Stay, beacon: str, sighting: Sighting, now: Instant) -> None:
        """Note whether a gateway confirms the sighting, or by now an earlier one of this beacon.

        The latest unconfirmed one a beacon is kept, since it may be confirmed yet: for its stay, and for the visit,
        whose earlier stays in the zone count too.
        """
        at, identity = sighting.at, sighting.identity
        if self._hearing.heard_near(identity, at, now):
            stay.heard = visit.heard = True
            return
        for seen in (stay, visit):
            before = seen.unheard.get(beacon)
            if before is not None and self._hearing.heard_near(identity, before, now):
                seen.heard = True
            seen.unheard[beacon] = at if before is None else max(before, at)
        visit.heard = visit.heard or stay.heard

    def corroborated(self, heard: bool, unheard: dict[str, Instant], store: str, now: Instant) -> bool:
        """Say whether some sighting of a stay or visit is confirmed by what is known now."""
        identities = self._snapshot.stores[store].identities
        return heard or any(
            self._hearing.heard_near(identities[beacon], at, now)
            for beacon, at in unheard.items()
            if beacon in identities
        )


def _band_known(stay: Stay, sighting: Sighting) -> bool:
    if sighting.band == UNKNOWN:
        return True
    first_at = stay.first_at[sighting.band]
    return first_at is not None and first_at <= sighting.at


def _open_visit(presence: Presence, rules: StoreRules, store: str, at: Instant, fired: list[Fired]) -> Visit:
    starts = presence.started.setdefault(store, [])
    starts.append(at)
    visit = Visit(store, len(starts), at, at)
    presence.visits[store] = visit
    fired += [Fired(rule, at, store, None, visit, None) for rule in rules.arrive]
    return visit


def _open_or_reopen(
    rules: StoreRules, visit: Visit, zone: str, stay: Stay | None, sighting: Sighting, fired: list[Fired]
) -> Stay:
    at, held = sighting.at, sighting.kind == ENTER
    if stay is not None and stay.ended_at is not None and at - stay.ended_at < rules.plan.policy.reentry_ms:
        stay.ended_at, stay.held = None, held
        fired += _dwells(rules, visit, stay, at, at)
        return stay
    no = 1
    if stay is not None:
        visit.past.append(stay)
        no = stay.no + 1
    opened = Stay(zone, no, at, [None, None, None], at, held)
    visit.stays[zone] = opened
    return opened


def _end(rules: StoreRules, visit: Visit, stay: Stay, at: Instant) -> list[Fired]:
    """End an open stay; `exit` fires once, and the end of a held stay is a sign of life."""
    if at >= stay.last_at:  # a late region exit ends nothing that was seen after it
        stay.ended_at = at
    if stay.held:
        visit.last_at = max(visit.last_at, at)
    if stay.exited:
        return []
    stay.exited = True
    return [Fired(rule, at, visit.store, stay.zone, visit, stay) for rule in rules.exit.get(stay.zone, ())]


def _end_held_elsewhere(rules: StoreRules, visit: Visit, zone: str, at: Instant) -> list[Fired]:
    fired: list[Fired] = []
    for other in visit.stays.values():
        # A stay last seen after a late region enter was not ended by it.
        if other.zone != zone and other.held and other.ended_at is None and other.last_at <= at:
            fired += _end(rules, visit, other, at)
    return fired


def _dwells(rules: StoreRules, visit: Visit, stay: Stay, due_by: Instant, at: Instant | None) -> list[Fired]:
    """Fire the stay's dwells due up to `due_by`: at `at`, or each at its own due instant."""
    fired = []
    for band, after_ms, rule in rules.dwell.get(stay.zone, ()):
        first_at = stay.first_at[band]
        if first_at is not None and first_at + after_ms <= due_by and rule.id not in stay.dwelt:
            stay.dwelt.add(rule.id)
            instant = first_at + after_ms if at is None else at
            fired.append(Fired(rule, instant, visit.store, stay.zone, visit, stay))
    return fired


def end_due(stay: Stay, policy: Policy) -> Instant:
    """Return the instant at which silence ends an open stay."""
    return stay.last_at + (policy.max_stay_ms if stay.held else policy.exit_grace_ms)


def is_open_at(stay: Stay, policy: Policy, now: Instant) -> bool:
    return stay.ended_at is None and now < end_due(stay, policy)


class Timer(NamedTuple):
    """When something is due by itself, and what."""

    at: Instant
    kind: TimerKind
    store: str
    zone: str | None


def timers(presence: Presence, snapshot: Snapshot) -> Iterable[Timer]:
    """Yield every timer that runs, in no order."""
    for store, visit in presence.visits.items():
        rules = snapshot.stores.get(store)
        if rules is None:
            continue
        policy, holds = rules.plan.policy, False
        for zone, stay in visit.stays.items():
            if stay.ended_at is not None:
                continue
            holds = holds or stay.held
            yield Timer(end_due(stay, policy), TimerKind.STAY_END, store, zone)
            dwell_rules = rules.dwell.get(zone)
            if dwell_rules:
                due = _next_dwell(stay, dwell_rules)
                if due is not None:
                    yield Timer(due, TimerKind.DWELL, store, zone)
        if not holds:
            if not visit.left:
                yield Timer(visit.last_at + policy.leave_after_ms, TimerKind.LEAVE, store, None)
            yield Timer(visit.last_at + policy.visit_gap_ms, TimerKind.VISIT_END, store, None)


def _next_dwell(stay: Stay, dwell_rules: Iterable[tuple[int, Instant, Rule]]) -> Instant | None:
    due: Instant | None = None
    for band, after_ms, rule in dwell_rules:
        first_at = stay.first_at[band]
        if first_at is not None and rule.id not in stay.dwelt and (due is None or first_at + after_ms < due):
            due = first_at + after_ms
    return due


def next_due(presence: Presence, snapshot: Snapshot) -> Instant | None:
    """Return the earliest instant at which a timer is due: the least of `timers`, without listing them."""
    earliest: Instant | None = None
    for store, visit in presence.visits.items():
        rules = snapshot.stores.get(store)
        if rules is None:
            continue
        due = _visit_due(visit, rules)
        if earliest is None or due < earliest:
            earliest = due
    return earliest


def _visit_due(visit: Visit, rules: StoreRules) -> Instant:
    policy, holds = rules.plan.policy, False
    stays_due: Instant | None = None
    for zone, stay in visit.stays.items():
        if stay.ended_at is not None:
            continue
        holds = holds or stay.held
        due = end_due(stay, policy)
        dwell_rules = rules.dwell.get(zone)
        dwell = _next_dwell(stay, dwell_rules) if dwell_rules else None
        if dwell is not None and dwell < due:
            due = dwell
        if stays_due is None or due < stays_due:
            stays_due = due
    silence = visit.last_at + (policy.visit_gap_ms if visit.left else policy.leave_after_ms)
    if stays_due is None:
        return silence
    return stays_due if holds else min(stays_due, silence)


def fire(presence: Presence, snapshot: Snapshot, kind: TimerKind, now: Instant) -> list[Fired]:
    """Let every timer of one kind that is due by `now` happen; return its triggers in order."""
    fired: list[Fired] = []
    ended: list[Visit] = []
    for store, visit in presence.visits.items():
        rules = snapshot.stores.get(store)
        if rules is None:
            continue
        if kind is TimerKind.STAY_END:
            fired += _silences(rules, visit, now)
        elif kind is TimerKind.DWELL:
            fired += _due_dwells(rules, visit, now)
        elif kind is TimerKind.LEAVE:
            fired += _leave(rules, visit, now)
        elif visit.last_at + rules.plan.policy.visit_gap_ms <= now and not _holds(visit):
            ended.append(visit)
    for visit in ended:
        presence.past.append(presence.visits.pop(visit.store))
    return in_order(fired)


def _silences(rules: StoreRules, visit: Visit, now: Instant) -> list[Fired]:
    fired: list[Fired] = []
    for stay in visit.stays.values():
        if stay.ended_at is None:
            end = end_due(stay, rules.plan.policy)
            if end <= now:
                fired += _end(rules, visit, stay, end)
    return fired


def _due_dwells(rules: StoreRules, visit: Visit, now: Instant) -> list[Fired]:
    fired: list[Fired] = []
    for zone, stay in visit.stays.items():
        if stay.ended_at is None and zone in rules.dwell:
            fired += _dwells(rules, visit, stay, now, None)
    return fired


def _leave(rules: StoreRules, visit: Visit, now: Instant) -> list[Fired]:
    due = visit.last_at + rules.plan.policy.leave_after_ms
    if visit.left or due > now or _holds(visit):
        return []
    visit.left = True
    return [Fired(rule, due, visit.store, None, visit, None) for rule in rules.leave]


def _holds(visit: Visit) -> bool:
    return any(stay.held and stay.ended_at is None for stay in visit.stays.values())


def forget_past(presence: Presence) -> None:
    """Drop what only an open window could still ask about."""
    presence.past.clear()
    for visit in presence.visits.values():
        visit.past.clear()
