"""Every campaign for one shopper at one instant, and the step that stops it (SPEC 5, 6): what `explain` and pages show."""

from typing import NamedTuple

from campaigns.decision import STEPS
from campaigns.document import ARRIVE, DWELL, EXIT, LEAVE, Campaign
from campaigns.pipeline import Pipeline
from campaigns.shopper import Shopper
from campaigns.snapshot import Snapshot, StoreRules
from campaigns.state import ShopperState, Stay, Visit
from campaigns.stays import Fired, is_open_at
from protocol.instants import SECOND, Instant
from protocol.sighting import BANDS

OTHER_STORE, NO_VISIT, NO_STAY, NOT_YET, NOT_NOW = "other_store", "no_visit", "no_stay", "not_yet", "not_now"
"""Why a campaign has no trigger at this instant; the other steps are the pipeline's."""

_BAND_NAMES = {band: name for name, band in BANDS.items()}


class Line(NamedTuple):
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


def explain(snapshot: Snapshot, pipeline: Pipeline, here: Here) -> list[Line]:
    """Say for each campaign, by id, what stops it for this shopper in this store now."""
    rules_here, visit = snapshot.stores[here.store], here.state.presence.visits.get(here.store)
    lines = []
    for rule in snapshot.rules.values():
        zone = rule.campaign.trigger.zone
        stay = visit.stays.get(zone) if visit is not None and zone is not None else None
        if not rule.campaign.runs_in(here.store):
            lines.append(Line(rule.id, OTHER_STORE, None, ()))
        elif visit is None:
            lines.append(Line(rule.id, NO_VISIT, None, ()))
        elif zone is not None and stay is None:
            lines.append(Line(rule.id, NO_STAY, None, (("zone", zone),)))
        else:
            waiting = _waits(rule.campaign, rules_here, visit, stay, here.now)
            if waiting is not None:
                lines.append(Line(rule.id, waiting[0], None, waiting[1]))
                continue
            stops = pipeline.stops(
                Fired(rule, here.now, here.store, zone, visit, stay), here.shopper, here.state
            )
            lines.append(Line(rule.id, next(stops, None), next(stops, None), ()))
    return lines


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
