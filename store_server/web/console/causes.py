"""Why a campaign cannot fire in a store: each cause joined to its effect (SPEC 1, operations). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from campaigns.document import Campaign
from campaigns.schedule import wall_clock
from protocol.instants import Instant
from protocol.plan import StorePlan
from store_server.web.console.equipment import NEVER, OFFLINE, RADIO_DEAD, SILENT, BeaconCondition, Condition
from store_server.web.console.times import StoreTime
from store_server.web.console.words import marked


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that is wrong and the campaigns it stops; `key` tells causes apart."""

    key: str
    words: str
    campaigns: tuple[tuple[str, str], ...]
    """Id and name of each."""


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """A store's plan and the condition of what hangs in it."""

    plan: StorePlan
    gateways: Mapping[str, Condition]
    beacons: Mapping[str, BeaconCondition]


_SINCE = {
    SILENT: marked("%(what)s silent since %(when)s"),
    OFFLINE: marked("%(what)s offline since %(when)s"),
    RADIO_DEAD: marked("%(what)s: radio dead since %(when)s"),
}
_EVER = {
    SILENT: marked("%(what)s silent"),
    OFFLINE: marked("%(what)s offline"),
    RADIO_DEAD: marked("%(what)s: radio dead"),
    NEVER: marked("%(what)s has never been heard"),
}


def condition_words(what: str, condition: Condition, times: StoreTime) -> str:
    """Return "gateway gw-shoes silent since 14:02" for a thing that is not well."""
    if condition.since is not None and condition.state in _SINCE:
        return times.language.say(_SINCE[condition.state], what=what, when=times.brief(condition.since).text)
    return times.language.say(_EVER.get(condition.state, "%(what)s"), what=what)


def store_causes(health: StoreHealth, campaigns: Sequence[Campaign], times: StoreTime) -> list[Cause]:
    """Return what stops live campaigns in this store from firing, each cause once, in the plan's order."""
    found: dict[str, Cause] = {}
    for campaign in campaigns:
        if campaign.status != "live" or not campaign.runs_in(health.plan.id):
            continue
        for key, words in campaign_causes(health, campaign, times):
            before = found.get(key)
            stopped = (*(before.campaigns if before else ()), (campaign.id, campaign.name))
            found[key] = Cause(key, words, stopped)
    return list(found.values())


def campaign_causes(health: StoreHealth, campaign: Campaign, times: StoreTime) -> list[tuple[str, str]]:
    """Return key and words of each thing that keeps one campaign from firing here; nothing: it can."""
    zone = campaign.trigger.zone
    say = times.language.say
    if zone is not None and zone not in health.plan.zone_ids:
        if campaign.stores is None:
            return []  # meant for whichever stores have such a zone
        return [(f"zone {zone}", say("there is no zone %(zone)s in this store", zone=zone))]
    over = _schedule_over(campaign, health.plan, times.now)
    if over:
        return [(f"schedule {campaign.id}", say("its last day has passed"))]
    beacons = [beacon for beacon in health.plan.beacons if zone in (None, beacon.zone)]
    if not beacons:
        return [(f"zone {zone}", say("zone %(zone)s has no beacon", zone=zone_name(health.plan, zone)))]
    causes = _silent_beacons(health, [beacon.id for beacon in beacons], times)
    if campaign.trust == "corroborated":
        causes += _deaf_gateways(health, zone, times)
    return causes


def zone_name(plan: StorePlan, zone: str | None) -> str:
    """Return a zone's name as the plan has it, or its id."""
    return next((one.name for one in plan.zones if one.id == zone), zone or "")


def _schedule_over(campaign: Campaign, plan: StorePlan, now: Instant) -> bool:
    ends = campaign.schedule.ends
    # One day of grace: a span over midnight belongs to the day it starts on.
    return ends is not None and wall_clock(now, plan.timezone).day > ends.toordinal() + 1


def _silent_beacons(health: StoreHealth, ids: Sequence[str], times: StoreTime) -> list[tuple[str, str]]:
    """Name the beacons only where all of them are silent: any one that is heard still fires."""
    conditions = {name: health.beacons[name].condition for name in ids if name in health.beacons}
    if not conditions or any(one.state not in (SILENT, NEVER) for one in conditions.values()):
        return []
    return [
        (f"beacon {name}", condition_words(times.language.say("beacon %(id)s", id=name), one, times))
        for name, one in conditions.items()
    ]


def _deaf_gateways(health: StoreHealth, zone: str | None, times: StoreTime) -> list[tuple[str, str]]:
    """Name the gateways only where none of the zone is well: one that hears corroborates."""
    ids = [place.id for place in health.plan.gateways if zone in (None, place.zone)]
    if not ids:
        words = times.language.say("zone %(zone)s has no gateway", zone=zone_name(health.plan, zone))
        return [(f"gateways of {zone}", words)]
    conditions = {name: health.gateways[name] for name in ids}
    if any(one.well for one in conditions.values()):
        return []
    return [
        (f"gateway {name}", condition_words(times.language.say("gateway %(id)s", id=name), one, times))
        for name, one in conditions.items()
    ]
