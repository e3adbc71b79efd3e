"""The rules in force: every store's plan and campaigns, compiled into an index (store, trigger, zone). Immutable."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from campaigns.audience import Test, compile_condition
from campaigns.document import ARRIVE, DWELL, ENTER, EXIT, LEAVE, Campaign, line, place, unique_ids
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


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A campaign made ready: its revision, whether it is on at all, and its compiled audience."""

    id: str
    campaign: Campaign
    revision: int
    live: bool
    audience: Test


class DwellRule(NamedTuple):
    """A dwell campaign of a zone: its timer runs from the band's instant."""

    band: int
    after_ms: Instant
    rule: Rule


Rules = tuple[Rule, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StoreRules:
    """One store's plan with its campaigns by trigger; every tuple in order of campaign id."""

    plan: StorePlan
    arrive: Rules
    leave: Rules
    enter: Mapping[tuple[str, int], Rules]
    """(zone, band) -> campaigns that fire when that band is first seen."""
    exit: Mapping[str, Rules]
    dwell: Mapping[str, tuple[DwellRule, ...]]
    asks_hearing: bool
    """Whether any campaign here wants its sightings corroborated."""
    identities: Mapping[str, BeaconIdentity]


@dataclass(frozen=True, slots=True, eq=False)
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
            rules[campaign.id] = Rule(
                campaign.id, campaign, revision, live, compile_condition(campaign.audience)
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
    enter: dict[tuple[str, int], list[Rule]] = defaultdict(list)
    leave_zone: dict[str, list[Rule]] = defaultdict(list)
    dwell: dict[str, list[DwellRule]] = defaultdict(list)
    for rule in by_trigger[ENTER]:
        enter[_zone(rule), rule.campaign.trigger.within].append(rule)
    for rule in by_trigger[EXIT]:
        leave_zone[_zone(rule)].append(rule)
    for rule in by_trigger[DWELL]:
        trigger = rule.campaign.trigger
        dwell[_zone(rule)].append(DwellRule(trigger.within, trigger.after_ms, rule))
    return StoreRules(
        plan=plan,
        arrive=tuple(by_trigger[ARRIVE]),
        leave=tuple(by_trigger[LEAVE]),
        enter={key: tuple(value) for key, value in enter.items()},
        exit={key: tuple(value) for key, value in leave_zone.items()},
        dwell={key: tuple(value) for key, value in dwell.items()},
        asks_hearing=any(r.campaign.trust == "corroborated" for some in by_trigger.values() for r in some),
        identities={beacon.id: beacon.identity for beacon in plan.beacons},
    )


def _zone(rule: Rule) -> str:
    zone = rule.campaign.trigger.zone
    if zone is None:
        raise AssertionError("a zone trigger without a zone is refused when read")
    return zone


BANDS_SEEN = tuple(range(FAR + 1))
"""The bands that keep an instant: immediate, near, far."""
