"""Every campaign for one shopper at one instant, and the step that stops it (SPEC 5, 6): what `explain` and pages show."""

from collections.abc import Collection
from typing import NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

import msgspec

from campaigns.case import case_of
from campaigns.decision import STEPS
from campaigns.document import ARRIVE, DWELL, EXIT, LEAVE, Trigger
from campaigns.evidence import evidence
from campaigns.pipeline import Pipeline
from campaigns.rule import Rule
from campaigns.shopper import Shopper
from campaigns.snapshot import Snapshot, StoreRules
from campaigns.state import ShopperState, Stay, Visit
from campaigns.stays import Fired, is_open_at
from campaigns.steps import Shared
from protocol.instants import SECOND, Instant
from protocol.sighting import BANDS

OTHER_STORE, NO_VISIT, NO_STAY, NOT_YET, NOT_NOW = "other_store", "no_visit", "no_stay", "not_yet", "not_now"
"""Why a campaign has no trigger at this instant; the other steps are the pipeline's."""

_BAND_NAMES = {band: name for name, band in BANDS.items()}


class Line(msgspec.Struct, frozen=True, gc=False):
    """One campaign: the first step that stops it (None: it would be sent), the next that would, and values.

    A campaign whose trigger does not stand now is not judged further.
    """

    campaign: str
    step: str | None
    next_step: str | None
    compared: tuple[tuple[str, object], ...]

    @property
    def near_miss(self) -> bool:
        return self.step in STEPS and self.next_step is None


class Here(NamedTuple):
    """A shopper at an instant: the state is the shopper's as of `now`."""

    shopper: Shopper
    state: ShopperState
    store: str
    now: Instant


Waiting: TypeAlias = tuple[str, tuple[tuple[str, object], ...]]
"""The step that says why a trigger does not stand, and what was compared."""


def explain(snapshot: Snapshot, pipeline: Pipeline, here: Here, *, facts: bool = False) -> list[Line]:
    """Say for each campaign, by id, what stops it for this shopper in this store now.

    With `facts`, a campaign whose trigger stands carries all that its steps compared.
    """
    known = _known(snapshot, here.store)
    visit = here.state.presence.visits.get(here.store)
    if visit is None:
        return list(known.absent)
    lines, shared = list(known.elsewhere), Shared()
    for zone in (None, *visit.stays):
        stay = visit.stays[zone] if zone is not None else None
        for trigger, rules in known.by_zone.get(zone, {}).items():
            waiting = _waits(trigger, snapshot.stores[here.store], visit, stay, here.now)
            passed = _passed(trigger, stay)
            fired = Fired((), here.now, here.store, zone, visit, stay)
            for place, rule in rules:
                if waiting is not None and rule.id not in passed:
                    lines[place] = Line(rule.id, waiting[0], None, waiting[1])
                    continue
                step, next_step = pipeline.stops(fired, rule, here.shopper, here.state, shared)
                compared = _facts(snapshot, fired, rule, here) if facts else ()
                lines[place] = Line(rule.id, step, next_step, compared)
    return lines


class _Known(NamedTuple):
    """What explanations in a store say whoever is asked about: made once, since most of a chain's campaigns are far off."""

    absent: list[Line]
    """Of a shopper who is not in the store."""
    elsewhere: list[Line]
    """Of one who is, but in no zone."""
    by_zone: dict[str | None, dict[Trigger, list[tuple[int, Rule]]]]
    """The store's campaigns by zone (None: the store itself) and trigger, each with the place of its line."""


_KNOWN: WeakKeyDictionary[Snapshot, dict[str, _Known]] = WeakKeyDictionary()


def _known(snapshot: Snapshot, store: str) -> _Known:
    stores = _KNOWN.setdefault(snapshot, {})
    if store not in stores:
        stores[store] = _learn(snapshot, store)
    return stores[store]


def _learn(snapshot: Snapshot, store: str) -> _Known:
    known = _Known([], [], {})
    for place, (id_, rule) in enumerate(snapshot.rules.items()):
        trigger = rule.campaign.trigger
        far_off = Line(id_, OTHER_STORE, None, ())
        if rule.campaign.runs_in(store):
            known.absent.append(Line(id_, NO_VISIT, None, ()))
            known.elsewhere.append(Line(id_, NO_STAY, None, (("zone", trigger.zone),)))
            known.by_zone.setdefault(trigger.zone, {}).setdefault(trigger, []).append((place, rule))
        else:
            known.absent.append(far_off)
            known.elsewhere.append(far_off)
    return known


def _facts(snapshot: Snapshot, fired: Fired, rule: Rule, here: Here) -> tuple[tuple[str, object], ...]:
    one = case_of(snapshot, fired, rule, here.shopper, here.state).one
    plan = snapshot.stores[here.store].plan
    return tuple(evidence(rule, plan, here.shopper, here.state, one, here.now).items())


def _waits(
    trigger: Trigger, store: StoreRules, visit: Visit, stay: Stay | None, now: Instant
) -> Waiting | None:
    """Say why a trigger itself does not stand now, with what was compared; None where it has fired.

    A dwell stands for no campaign but those that it has fired for.
    """
    policy = store.plan.policy
    if trigger.on == ARRIVE or (trigger.on == LEAVE and visit.left):
        return None
    if stay is None:  # only leave has neither fired nor a zone
        silent_s = (now - visit.last_at) / SECOND
        return NOT_YET, (("silent_s", silent_s), ("leave_after_s", policy.leave_after_ms / SECOND))
    if trigger.on == EXIT:
        return None if stay.exited else (NOT_YET, (("zone", trigger.zone), ("stay_open", True)))
    first_at = stay.first_at[trigger.within]
    if first_at is None:
        return NOT_YET, (("zone", trigger.zone), ("within", _BAND_NAMES[trigger.within]), ("seen", False))
    if trigger.on == DWELL:
        step = NOT_YET if is_open_at(stay, policy, now) else NOT_NOW
        return step, (("dwell_s", (now - first_at) / SECOND), ("after_s", trigger.after_ms / SECOND))
    return None


def _passed(trigger: Trigger, stay: Stay | None) -> Collection[str]:
    """Return the campaigns whose dwell has fired in a stay."""
    if trigger.on != DWELL or stay is None or stay.first_at[trigger.within] is None:
        return ()
    return stay.dwelt
