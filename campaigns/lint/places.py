"""Stores, zones, beacons and gateways that a campaign counts on and no plan has."""

from collections.abc import Iterator

from campaigns.conditions import VisitedZone
from campaigns.document import Campaign
from campaigns.lint.chain import Chain, leaves
from campaigns.lint.finding import Finding, Where, error
from protocol.document import Path
from protocol.plan import StorePlan
from protocol.reading import hint


def zones_without_beacon(chain: Chain) -> Iterator[Finding]:
    """Find zones in which no phone can ever be seen."""
    for file in chain.plans:
        lit = {beacon.zone for beacon in file.plan.beacons}
        for k, zone in enumerate(file.plan.zones):
            if zone.id not in lit:
                expected = f"a beacon in zone {zone.id!r}"
                yield file.warning("zone-without-beacon", ("zones", k), expected, "none")


def places(chain: Chain) -> Iterator[Finding]:
    """Find campaigns of stores and zones that are unknown or cannot see, or confirm, a phone."""
    if not chain.plans:
        return
    for campaign in chain.judged:
        yield from _stores(campaign, chain)
        for path, zone in _zones(campaign):
            yield from _zone(campaign, chain, path, zone)
        yield from _gateways(campaign, chain)


def _stores(campaign: Campaign, chain: Chain) -> Iterator[Finding]:
    known = sorted(file.plan.id for file in chain.plans)
    if campaign.stores is None or not chain.all_plans:
        return
    for store in sorted(campaign.stores.difference(known)):
        got = f"{store!r}{hint(store, known)}"
        yield error("unknown-store", _store_place(campaign, store), "a store that has a plan", got)


def _store_place(campaign: Campaign, store: str) -> Where:
    listed = campaign.document.value.get("stores") if campaign.document else None
    at = listed.index(store) if isinstance(listed, list) and store in listed else 0
    return campaign, ("stores", at)


def _zones(campaign: Campaign) -> Iterator[tuple[Path, str]]:
    if campaign.trigger.zone is not None:
        yield ("trigger", "zone"), campaign.trigger.zone
    for path, leaf in leaves(campaign):
        if isinstance(leaf, VisitedZone) and leaf.zone is not None:
            yield (*path, "visited_zone", "zone"), leaf.zone


def _zone(campaign: Campaign, chain: Chain, path: Path, zone: str) -> Iterator[Finding]:
    plans = [file.plan for file in chain.plans if campaign.runs_in(file.plan.id)]
    having = [plan for plan in plans if zone in plan.zone_ids]
    lacking = [plan for plan in plans if zone not in plan.zone_ids]
    # A campaign of every store runs where its zone is; one of named stores means them all.
    for plan in lacking if campaign.stores is not None or not having else ():
        got = f"{zone!r}{hint(zone, sorted(plan.zone_ids))}"
        yield error("unknown-zone", (campaign, path), f"a zone of {plan.id}", got)
    for plan in having:
        if not _beacons_in(plan, zone):
            yield error(
                "zone-without-beacon", (campaign, path), f"a beacon in zone {zone!r} of {plan.id}", "none"
            )


def _beacons_in(plan: StorePlan, zone: str | None) -> bool:
    return any(zone in (None, beacon.zone) for beacon in plan.beacons)


def _gateways(campaign: Campaign, chain: Chain) -> Iterator[Finding]:
    if campaign.trust != "corroborated":
        return
    zone = campaign.trigger.zone
    for plan in chain.stores_of(campaign):
        if not any(zone in (None, gateway.zone) for gateway in plan.gateways):
            place = f"zone {zone!r} of {plan.id}" if zone else plan.id
            expected = f"a gateway in {place} to corroborate what phones claim"
            yield error("gateway-missing", (campaign, ("trust",)), expected, "none")
