"""The rules in force: every store's plan and campaigns, compiled into an index (store, trigger, zone). Immutable."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from campaigns.audience import compile_condition
from campaigns.conditions import asks_sent
from campaigns.document import ARRIVE, DWELL, ENTER, EXIT, LEAVE, Campaign, line, place, unique_ids
from campaigns.index import Together
from campaigns.rule import Rule
from protocol.errors import BadInput, Problem
from protocol.identity import BeaconIdentity
from protocol.instants import Instant
from protocol.plan import StorePlan
from protocol.sighting import FAR


class BeaconPlace(NamedTuple):
    """Where a beacon is fixed."""

    store: str
    zone: str
    beacon: str


class DwellRules(NamedTuple):
    """The dwell campaigns of a zone that fall due together: so long after the band's instant."""

    band: int
    after_ms: Instant
    rules: Together
    ids: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class StoreRules:
    """One store's plan with its campaigns by trigger."""

    plan: StorePlan
    arrive: Together
    leave: Together
    enter: Mapping[tuple[str, int, int], Together]
    """(zone, first band, last band) -> campaigns that fire when just these bands are first seen."""
    exit: Mapping[str, Together]
    dwell: Mapping[str, tuple[DwellRules, ...]]
    asks_hearing: bool
    """Whether any campaign here wants its sightings corroborated."""
    identities: Mapping[str, BeaconIdentity]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Snapshot:
    """All stores and campaigns at one moment; a change builds a new one."""

    stores: Mapping[str, StoreRules]
    rules: Mapping[str, Rule]
    _places: Mapping[BeaconIdentity, BeaconPlace] = field(repr=False)

    @classmethod
    def build(
        cls,
        plans: Sequence[StorePlan],
        campaigns: Sequence[Campaign],
        revisions: Mapping[str, int] | None = None,
        *,
        assume_live: Collection[str] = (),
        before: "Snapshot | None" = None,
    ) -> "Snapshot":
        """Compile plans and campaigns; campaigns unchanged since `before` are taken over. Raises BadInput."""
        unique_ids(campaigns)
        places = _places(plans)
        _deadlines(plans, campaigns)
        revision_of = revisions or {}
        rules = {}
        for campaign in sorted(campaigns, key=lambda c: c.id):
            revision = revision_of.get(campaign.id, 1)
            old = before.rules.get(campaign.id) if before else None
            if old is not None and old.campaign is campaign and old.revision == revision:
                rules[campaign.id] = old
                continue
            live = campaign.status == "live" or campaign.id in assume_live
            audience = campaign.audience
            rules[campaign.id] = Rule(
                campaign.id, campaign, revision, live, compile_condition(audience), asks_sent(audience)
            )
        stores = {plan.id: _store_rules(plan, list(rules.values())) for plan in plans}
        return cls(stores, rules, places)

    def zone_of(self, identity: BeaconIdentity) -> BeaconPlace | None:
        """Return where a beacon is fixed, or None for one that no plan knows."""
        return self._places.get(identity)


def _places(plans: Sequence[StorePlan]) -> dict[BeaconIdentity, BeaconPlace]:
    places: dict[BeaconIdentity, BeaconPlace] = {}
    seen: set[str] = set()
    for plan in plans:
        if plan.id in seen:
            raise BadInput(plan.problem("each store in one plan", f"{plan.id!r} again", "store", "id"))
        seen.add(plan.id)
        for k, beacon in enumerate(plan.beacons):
            other = places.setdefault(beacon.identity, BeaconPlace(plan.id, beacon.zone, beacon.id))
            if other.store != plan.id:
                got = f"{beacon.identity} in {other.store} and {plan.id}"
                raise BadInput(plan.problem("each beacon identity in one store", got, "beacons", k))
    return places


def _deadlines(plans: Sequence[StorePlan], campaigns: Sequence[Campaign]) -> None:
    problems = []
    for campaign in campaigns:
        waits = [plan.policy.arbitration_ms for plan in plans if campaign.runs_in(plan.id)]
        if waits and campaign.deadline_ms <= max(waits):
            problems.append(
                Problem(
                    place(campaign),
                    line(campaign, "deadline_s"),
                    f"a deadline beyond the stores' arbitration of {max(waits) / 1000:g} s",
                    f"{campaign.deadline_ms / 1000:g} s",
                )
            )
    if problems:
        raise BadInput(*problems)


def _store_rules(plan: StorePlan, rules: Sequence[Rule]) -> StoreRules:
    by_trigger: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        trigger = rule.campaign.trigger
        if rule.campaign.runs_in(plan.id) and (trigger.zone is None or trigger.zone in plan.zone_ids):
            by_trigger[trigger.on].append(rule)
    leave_zone: dict[str, list[Rule]] = defaultdict(list)
    for rule in by_trigger[EXIT]:
        leave_zone[_zone(rule)].append(rule)
    return StoreRules(
        plan=plan,
        arrive=Together(by_trigger[ARRIVE], plan.timezone),
        leave=Together(by_trigger[LEAVE], plan.timezone),
        enter=_enter(by_trigger[ENTER], plan.timezone),
        exit={zone: Together(some, plan.timezone) for zone, some in leave_zone.items()},
        dwell=_dwell(by_trigger[DWELL], plan.timezone),
        asks_hearing=any(r.campaign.trust == "corroborated" for some in by_trigger.values() for r in some),
        identities={beacon.id: beacon.identity for beacon in plan.beacons},
    )


def _enter(rules: Sequence[Rule], timezone: str) -> dict[tuple[str, int, int], Together]:
    by_span: dict[tuple[str, int, int], list[Rule]] = defaultdict(list)
    for rule in rules:
        within = rule.campaign.trigger.within
        for first in range(within + 1):
            for last in range(within, FAR + 1):
                by_span[_zone(rule), first, last].append(rule)
    return {span: Together(some, timezone) for span, some in by_span.items()}


def _dwell(rules: Sequence[Rule], timezone: str) -> dict[str, tuple[DwellRules, ...]]:
    by_due: dict[tuple[str, int, Instant], list[Rule]] = defaultdict(list)
    for rule in rules:
        trigger = rule.campaign.trigger
        by_due[_zone(rule), trigger.within, trigger.after_ms].append(rule)
    by_zone: dict[str, list[DwellRules]] = defaultdict(list)
    for (zone, band, after_ms), some in by_due.items():
        ids = frozenset(rule.id for rule in some)
        by_zone[zone].append(DwellRules(band, after_ms, Together(some, timezone), ids))
    return {zone: tuple(some) for zone, some in by_zone.items()}


def _zone(rule: Rule) -> str:
    zone = rule.campaign.trigger.zone
    if zone is None:
        raise AssertionError("a zone trigger without a zone is refused when read")
    return zone
