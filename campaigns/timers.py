"""What falls due by itself: a stay's end, a dwell, a leave, a visit's end (SPEC 4.4 to 4.8). Pure."""

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from campaigns.snapshot import DwellRules, Snapshot, StoreRules
from campaigns.state import Presence, Stay, Visit
from campaigns.stays import Fired, due_dwells, end_due, end_stay
from protocol.instants import Instant


class TimerKind(IntEnum):
    """Kinds of timers, in the order in which they go at one instant (SPEC 4.8)."""

    STAY_END = 0
    DWELL = 1
    LEAVE = 2
    VISIT_END = 3


TIMER_KINDS = tuple(TimerKind)


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


def _next_dwell(stay: Stay, dwell_rules: Iterable[DwellRules]) -> Instant | None:
    due: Instant | None = None
    for band, after_ms, _, ids in dwell_rules:
        first_at = stay.first_at[band]
        if first_at is not None and (due is None or first_at + after_ms < due) and not ids <= stay.dwelt:
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
    """Let every timer of one kind that is due by `now` happen; return its triggers."""
    fired: list[Fired] = []
    ended: list[Visit] = []
    for store, visit in presence.visits.items():
        rules = snapshot.stores.get(store)
        if rules is None:
            continue
        if kind is TimerKind.STAY_END:
            fired += _silences(rules, visit, now)
        elif kind is TimerKind.DWELL:
            fired += _dwells_of(rules, visit, now)
        elif kind is TimerKind.LEAVE:
            fired += _leave(rules, visit, now)
        elif visit.last_at + rules.plan.policy.visit_gap_ms <= now and not _holds(visit):
            ended.append(visit)
    for visit in ended:
        presence.past.append(presence.visits.pop(visit.store))
    return fired


def _silences(rules: StoreRules, visit: Visit, now: Instant) -> list[Fired]:
    fired: list[Fired] = []
    for stay in visit.stays.values():
        if stay.ended_at is None:
            end = end_due(stay, rules.plan.policy)
            if end <= now:
                fired += end_stay(rules, visit, stay, end)
    return fired


def _dwells_of(rules: StoreRules, visit: Visit, now: Instant) -> list[Fired]:
    fired: list[Fired] = []
    for zone, stay in visit.stays.items():
        if stay.ended_at is None and zone in rules.dwell:
            fired += due_dwells(rules, visit, stay, now, None)
    return fired


def _leave(rules: StoreRules, visit: Visit, now: Instant) -> list[Fired]:
    due = visit.last_at + rules.plan.policy.leave_after_ms
    if visit.left or due > now or _holds(visit):
        return []
    visit.left = True
    return [Fired(rules.leave, due, visit.store, None, visit, None)] if rules.leave else []


def _holds(visit: Visit) -> bool:
    return any(stay.held and stay.ended_at is None for stay in visit.stays.values())
