"""One trigger or candidate under judgement, with everything it is judged by."""

from collections.abc import Iterator

import msgspec

from campaigns.audience import Facts
from campaigns.document import ALWAYS_USABLE, Campaign
from campaigns.rule import Rule
from campaigns.shopper import Shopper
from campaigns.snapshot import Snapshot, StoreRules
from campaigns.state import Candidate, ShopperState, Stay, Visit, Window
from campaigns.stays import Fired
from protocol.instants import Instant


class Case(msgspec.Struct, frozen=True, gc=False):
    """One candidate under judgement at an instant, with everything it is judged by."""

    rule: Rule
    campaign: Campaign
    store: StoreRules
    shopper: Shopper
    state: ShopperState
    one: Candidate
    visit: Visit
    stay: Stay | None
    now: Instant

    def facts(self) -> Facts:
        """Return what the audience may look at, at the trigger's instant."""
        return Facts(self.shopper, self.state, self.visit, self.one.at)


def case_of(snapshot: Snapshot, fired: Fired, rule: Rule, shopper: Shopper, state: ShopperState) -> Case:
    """Return the case of one of a trigger's rules at its instant."""
    visit, stay, campaign = fired.visit, fired.stay, rule.campaign
    one = Candidate(
        rule.id,
        campaign.trigger.on,
        fired.at,
        fired.store,
        fired.zone,
        visit.no,
        stay.no if stay else None,
        _usable(campaign, shopper),
    )
    store = snapshot.stores[fired.store]
    return Case(rule, campaign, store, shopper, state, one, visit, stay, fired.at)


def cases_of(snapshot: Snapshot, window: Window, shopper: Shopper, state: ShopperState) -> Iterator[Case]:
    """Yield the cases of a window's candidates at its end."""
    for one in window.candidates:
        rule, store = snapshot.rules.get(one.campaign), snapshot.stores.get(one.store)
        visit = _visit(state, one)
        if rule is None or store is None or visit is None:
            continue  # the campaign or store was deleted while its candidate waited
        stay = _stay(visit, one)
        yield Case(rule, rule.campaign, store, shopper, state, one, visit, stay, window.ends_at)


def _usable(campaign: Campaign, shopper: Shopper) -> str:
    """Return the first channel that may carry this campaign to this shopper, or nothing."""
    for channel in campaign.channels:
        if channel in ALWAYS_USABLE or (channel in shopper.channels and shopper.consents(channel)):
            return channel
    return ""


def _visit(state: ShopperState, one: Candidate) -> Visit | None:
    running = state.presence.visits.get(one.store)
    if running is not None and running.no == one.visit_no:
        return running
    return next((v for v in state.presence.past if v.no == one.visit_no and v.store == one.store), None)


def _stay(visit: Visit, one: Candidate) -> Stay | None:
    if one.stay_no is None or one.zone is None:
        return None
    current = visit.stays.get(one.zone)
    if current is not None and current.no == one.stay_no:
        return current
    return next((stay for stay in visit.past if stay.no == one.stay_no and stay.zone == one.zone), None)
