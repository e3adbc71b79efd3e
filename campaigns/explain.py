"""Every campaign for one shopper at one instant, and the step that stops it (SPEC 5, 6): what `explain` and pages show."""

from functools import lru_cache
from typing import NamedTuple

import msgspec

from campaigns.case import case_of
from campaigns.decision import STEPS
from campaigns.document import ARRIVE, DWELL, EXIT, LEAVE, Campaign
from campaigns.evidence import evidence
from campaigns.pipeline import Pipeline
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


def explain(snapshot: Snapshot, pipeline: Pipeline, here: Here, *, facts: bool = False) -> list[Line]:
    """Say for each campaign, by id, what stops it for this shopper in this store now.

    With `facts`, a campaign whose trigger stands carries all that its steps compared.
    """
    store, visit = here.store, here.state.presence.visits.get(here.store)
    stays = visit.stays if visit is not None else {}
    lines = []
    shared: Shared = {}
    for rule in snapshot.rules.values():
        campaign = rule.campaign
        stores, zone = campaign.stores, campaign.trigger.zone
        if stores is not None and store not in stores:
            lines.append(_far_off(rule.id, OTHER_STORE, None))
        elif visit is None:
            lines.append(_far_off(rule.id, NO_VISIT, None))
        elif zone is not None and zone not in stays:
            lines.append(_far_off(rule.id, NO_STAY, zone))
        else:
            stay = stays[zone] if zone is not None else None
            waiting = _waits(campaign, snapshot.stores[store], visit, stay, here.now)
            if waiting is not None:
                lines.append(Line(rule.id, waiting[0], None, waiting[1]))
                continue
            fired = Fired((rule,), here.now, store, zone, visit, stay)
            step, next_step = pipeline.stops(fired, here.shopper, here.state, shared)
            lines.append(Line(rule.id, step, next_step, _facts(snapshot, fired, here) if facts else ()))
    return lines


def _facts(snapshot: Snapshot, fired: Fired, here: Here) -> tuple[tuple[str, object], ...]:
    (rule,) = fired.rules
    one = case_of(snapshot, fired, rule, here.shopper, here.state).one
    plan = snapshot.stores[here.store].plan
    return tuple(evidence(rule, plan, here.shopper, here.state, one, here.now).items())


@lru_cache(maxsize=65_536)
def _far_off(campaign: str, step: str, zone: str | None) -> Line:
    """Return the line of a campaign that is not about where the shopper is: most of a chain's, each time."""
    return Line(campaign, step, None, (("zone", zone),) if zone is not None else ())


_Waiting = tuple[str, tuple[tuple[str, object], ...]]


def _waits(
    campaign: Campaign, store: StoreRules, visit: Visit, stay: Stay | None, now: Instant
) -> _Waiting | None:
    """Say why the trigger itself does not stand now, with what was compared; None where it has fired."""
    trigger, policy = campaign.trigger, store.plan.policy
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
    if trigger.on == DWELL and campaign.id not in stay.dwelt:
        step = NOT_YET if is_open_at(stay, policy, now) else NOT_NOW
        return step, (("dwell_s", (now - first_at) / SECOND), ("after_s", trigger.after_ms / SECOND))
    return None
