"""Why a campaign cannot fire in a store (SPEC 1, operations): each cause a value, for pages and alerts to put in words. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from campaigns.document import Campaign
from campaigns.schedule import wall_clock
from protocol.instants import Instant
from protocol.plan import StorePlan
from store_server.fleet.chain import WELL_CHAIN, ChainHealth
from store_server.fleet.condition import NEVER, SILENT, UNHEARD, Condition
from store_server.fleet.health import StoreHealth
from store_server.parts import BROKER, LOST

GATEWAY, BEACON = "gateway", "beacon"
NO_ZONE, NO_BEACON, NO_GATEWAY, OVER, SPENT = "no-zone", "no-beacon", "no-gateway", "over", "spent"


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that is wrong: its kind, the gateway, beacon, zone or service it is about, and how that is."""

    kind: str
    name: str | None = None
    condition: Condition | None = None
    detail: str = ""
    """As fleet.health and fleet.chain have it: a zone, decibels, or what a service answered."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Campaigns that cannot fire in a store, and the causes they share."""

    store: str
    causes: tuple[Cause, ...]
    campaigns: tuple[str, ...]
    """Their ids."""


def campaign_causes(
    health: StoreHealth,
    campaign: Campaign,
    now: Instant,
    chain: ChainHealth = WELL_CHAIN,
    *,
    spent: bool = False,
) -> list[Cause]:
    """Return each thing that keeps one campaign from firing here; nothing: it can. `spent`: its budget is used up."""
    zone = campaign.trigger.zone
    if zone is not None and zone not in health.plan.zone_ids:
        # Without named stores it is meant for whichever have such a zone.
        return [] if campaign.stores is None else [Cause(NO_ZONE, zone)]
    if _schedule_over(campaign, health.plan, now):
        return [Cause(OVER)]
    beacons = [beacon.id for beacon in health.plan.beacons if zone in (None, beacon.zone)]
    if not beacons:
        return [Cause(NO_BEACON, zone)]
    causes = [Cause(SPENT)] if spent else []
    causes += [
        Cause(one.kind, one.name, one.condition, one.why)
        for one in chain.stopping(by_push="push" in campaign.channels)
    ]
    causes += _silent_beacons(health, beacons)
    if campaign.trust == "corroborated":
        causes += _deaf_gateways(health, zone)
    return causes


def stops(
    healths: Mapping[str, StoreHealth],
    campaigns: Iterable[Campaign],
    now: Instant,
    spent: Collection[str] = (),
    chain: ChainHealth = WELL_CHAIN,
) -> list[Stop]:
    """Return what stops live campaigns, store by store in the order given; `spent` are ids without budget left."""
    # Hundreds of campaigns share a few places: what stops one there stops the others too.
    alike: dict[tuple[object, ...], list[Campaign]] = defaultdict(list)
    for one in campaigns:
        if one.status == "live":
            place = (one.trigger.zone, one.trust, one.schedule.ends, one.stores)
            alike[*place, "push" in one.channels, one.id in spent].append(one)
    return [
        Stop(store, tuple(causes), tuple(one.id for one in group))
        for store, health in healths.items()
        for group in alike.values()
        if group[0].runs_in(store)
        and (causes := campaign_causes(health, group[0], now, chain, spent=group[0].id in spent))
    ]


def _schedule_over(campaign: Campaign, plan: StorePlan, now: Instant) -> bool:
    ends = campaign.schedule.ends
    # One day of grace: a span over midnight belongs to the day it starts on.
    return ends is not None and wall_clock(now, plan.timezone).day > ends.toordinal() + 1


def _silent_beacons(health: StoreHealth, ids: Sequence[str]) -> list[Cause]:
    """Name the beacons only where all of them are silent: any one that is heard still fires."""
    conditions = {name: health.beacons[name].condition for name in ids if name in health.beacons}
    if not conditions or any(one.state not in (SILENT, NEVER) for one in conditions.values()):
        return []
    return [Cause(BEACON, name, one) for name, one in conditions.items()]


def _deaf_gateways(health: StoreHealth, zone: str | None) -> list[Cause]:
    """Name the gateways only where none of the zone is well: one that hears corroborates."""
    ids = [place.id for place in health.plan.gateways if zone in (None, place.zone)]
    if not ids:
        return [Cause(NO_GATEWAY, zone)]
    conditions = {name: health.gateways[name] for name in ids}
    if any(one.alive for one in conditions.values()):
        return []
    unheard = [one for one in conditions.values() if one.state == UNHEARD]
    if unheard:
        return [Cause(BROKER, "", Condition(LOST, one.since)) for one in unheard[:1] if one.since is not None]
    return [Cause(GATEWAY, name, one) for name, one in conditions.items()]
