"""Sightings and silences -> stays, visits and triggers (SPEC 4). A pure machine; instants come in order but for late uploads."""

from typing import Protocol

import msgspec

from campaigns.rule import Rules
from campaigns.snapshot import BeaconPlace, Snapshot, StoreRules
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


class Fired(msgspec.Struct, frozen=True, gc=False):
    """The campaigns whose trigger fired at one instant in one place, by id."""

    rules: Rules
    at: Instant
    store: str
    zone: str | None
    visit: Visit
    stay: Stay | None


class Sights:
    """Applies sightings to one shopper's presence under a snapshot."""

    def __init__(self, snapshot: Snapshot, hearing: Hearing) -> None:
        self._stores, self._hearing = snapshot.stores, hearing

    def sight(
        self, presence: Presence, place: BeaconPlace, sighting: Sighting, now: Instant
    ) -> list[Fired] | None:
        """Change visit and stay by one sighting of a known beacon; return its triggers.

        None says that it was one more sign of life in an open stay: no trigger, and no timer is due earlier than before.
        """
        store, zone, beacon = place
        rules = self._stores[store]
        visit = presence.visits.get(store)
        stay = visit.stays.get(zone) if visit is not None else None
        is_open = stay is not None and stay.ended_at is None
        if visit and stay and is_open and sighting.kind == RANGED and _band_known(stay, sighting):
            visit.last_at = max(visit.last_at, sighting.at)
            stay.last_at = max(stay.last_at, sighting.at)
            if rules.asks_hearing and not stay.heard:
                self._listen(visit, stay, beacon, sighting, now)
            return None
        if sighting.kind == EXIT:
            return end_stay(rules, visit, stay, sighting.at) if visit and stay and is_open else []
        if sighting.band == UNKNOWN and sighting.kind != ENTER and not is_open:
            return []
        fired: list[Fired] = []
        if visit is None:
            visit = _open_visit(presence, rules, store, sighting.at, fired)
        if sighting.kind == ENTER:
            fired += _end_held_elsewhere(rules, visit, zone, sighting.at)
        if stay is None or not is_open:
            stay = _open_or_reopen(rules, visit, zone, stay, sighting, fired)
        self._count(rules, visit, stay, sighting, fired)
        if rules.asks_hearing and not stay.heard:
            self._listen(visit, stay, beacon, sighting, now)
        return fired

    def kept_alive(self, presence: Presence, place: BeaconPlace) -> tuple[Visit, Stay] | None:
        """Return the open stay of a place that needs nothing from a sighting but that it was alive, or None."""
        store, zone, _ = place
        visit = presence.visits.get(store)
        stay = visit.stays.get(zone) if visit is not None else None
        if visit is None or stay is None or stay.ended_at is not None:
            return None
        return (visit, stay) if stay.heard or not self._stores[store].asks_hearing else None

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
        last_new = -1
        for wider in range(band, FAR + 1):
            seen_at = first_at[wider]
            if seen_at is None:
                first_at[wider], last_new = at, wider
            elif at < seen_at:
                first_at[wider] = at  # a late upload; in order, this would have been the first
        # A band that was seen makes every wider one seen, so the new ones have no gap.
        entered = rules.enter.get((stay.zone, band, last_new))
        if entered:
            fired.append(Fired(entered, at, visit.store, stay.zone, visit, stay))

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
        identities = self._stores[store].identities
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
    if rules.arrive:
        fired.append(Fired(rules.arrive, at, store, None, visit, None))
    return visit


def _open_or_reopen(
    rules: StoreRules, visit: Visit, zone: str, stay: Stay | None, sighting: Sighting, fired: list[Fired]
) -> Stay:
    at, held = sighting.at, sighting.kind == ENTER
    if stay is not None and stay.ended_at is not None and at - stay.ended_at < rules.plan.policy.reentry_ms:
        stay.ended_at, stay.held = None, held
        fired += due_dwells(rules, visit, stay, at, at)
        return stay
    no = 1
    if stay is not None:
        visit.past.append(stay)
        no = stay.no + 1
    opened = Stay(zone, no, at, [None, None, None], at, held)
    visit.stays[zone] = opened
    return opened


def end_stay(rules: StoreRules, visit: Visit, stay: Stay, at: Instant) -> list[Fired]:
    """End an open stay; `exit` fires once, and the end of a held stay is a sign of life."""
    if at >= stay.last_at:  # a late region exit ends nothing that was seen after it
        stay.ended_at = at
    if stay.held:
        visit.last_at = max(visit.last_at, at)
    if stay.exited:
        return []
    stay.exited = True
    leavers = rules.exit.get(stay.zone)
    return [Fired(leavers, at, visit.store, stay.zone, visit, stay)] if leavers else []


def _end_held_elsewhere(rules: StoreRules, visit: Visit, zone: str, at: Instant) -> list[Fired]:
    fired: list[Fired] = []
    for other in visit.stays.values():
        # A stay last seen after a late region enter was not ended by it.
        if other.zone != zone and other.held and other.ended_at is None and other.last_at <= at:
            fired += end_stay(rules, visit, other, at)
    return fired


def due_dwells(
    rules: StoreRules, visit: Visit, stay: Stay, due_by: Instant, at: Instant | None
) -> list[Fired]:
    """Fire the stay's dwells due up to `due_by`: at `at`, or each at its own due instant."""
    fired = []
    for band, after_ms, rules_due, ids in rules.dwell.get(stay.zone, ()):
        first_at = stay.first_at[band]
        if first_at is None or first_at + after_ms > due_by or ids <= stay.dwelt:
            continue
        new: Rules = rules_due
        if not ids.isdisjoint(stay.dwelt):  # the others are newer than their dwell
            new = [rule for rule in rules_due if rule.id not in stay.dwelt]
        stay.dwelt |= ids
        instant = first_at + after_ms if at is None else at
        fired.append(Fired(new, instant, visit.store, stay.zone, visit, stay))
    return fired


def end_due(stay: Stay, policy: Policy) -> Instant:
    """Return the instant at which silence ends an open stay."""
    return stay.last_at + (policy.max_stay_ms if stay.held else policy.exit_grace_ms)


def is_open_at(stay: Stay, policy: Policy, now: Instant) -> bool:
    return stay.ended_at is None and now < end_due(stay, policy)


def forget_past(presence: Presence) -> None:
    """Drop what only an open window could still ask about."""
    presence.past.clear()
    for visit in presence.visits.values():
        visit.past.clear()
