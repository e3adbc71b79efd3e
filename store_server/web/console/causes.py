"""Causes joined to their effects, in words: what is wrong and the campaigns it stops (SPEC 1, operations). Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from campaigns.document import Campaign
from protocol.plan import StorePlan
from store_server.fleet import causes
from store_server.fleet.condition import MOVED, NEVER, OFFLINE, RADIO_DEAD, SILENT, WEAK, Condition
from store_server.fleet.health import StoreHealth
from store_server.web.console.times import StoreTime
from store_server.web.console.words import marked


@dataclass(frozen=True, slots=True)
class ToldCause:
    """One thing that is wrong and the campaigns it stops."""

    words: str
    campaigns: tuple[tuple[str, str], ...]
    """Id and name of each."""


_SINCE = {
    SILENT: marked("%(what)s silent since %(when)s"),
    OFFLINE: marked("%(what)s offline since %(when)s"),
    RADIO_DEAD: marked("%(what)s: radio dead since %(when)s"),
    WEAK: marked("%(what)s weak since %(when)s"),
    MOVED: marked("%(what)s moved since %(when)s"),
}
_EVER = {
    SILENT: marked("%(what)s silent"),
    OFFLINE: marked("%(what)s offline"),
    RADIO_DEAD: marked("%(what)s: radio dead"),
    NEVER: marked("%(what)s has never been heard"),
}
_PLACES = {
    causes.NO_ZONE: marked("there is no zone %(zone)s in this store"),
    causes.NO_BEACON: marked("zone %(zone)s has no beacon"),
    causes.NO_GATEWAY: marked("zone %(zone)s has no gateway"),
    causes.OVER: marked("its last day has passed"),
    causes.SPENT: marked("its budget is used up"),
}
THINGS = {causes.GATEWAY: marked("gateway %(id)s"), causes.BEACON: marked("beacon %(id)s")}


def condition_words(what: str, condition: Condition, times: StoreTime) -> str:
    """Return "gateway gw-shoes silent since 14:02" for a thing that is not well."""
    if condition.since is not None and condition.state in _SINCE:
        return times.language.say(_SINCE[condition.state], what=what, when=times.brief(condition.since).text)
    return times.language.say(_EVER.get(condition.state, "%(what)s"), what=what)


def cause_words(cause: causes.Cause, plan: StorePlan, times: StoreTime) -> str:
    """Return one cause as people say it."""
    if cause.condition is not None:
        what = times.language.say(THINGS[cause.kind], id=cause.name)
        return condition_words(what, cause.condition, times)
    return times.language.say(_PLACES[cause.kind], zone=zone_name(plan, cause.name))


def store_causes(
    health: StoreHealth, campaigns: Sequence[Campaign], times: StoreTime, spent: Collection[str] = ()
) -> list[ToldCause]:
    """Return what stops live campaigns in this store from firing, each cause once."""
    names = {one.id: one.name for one in campaigns}
    stopped: dict[tuple[causes.Cause, str], list[tuple[str, str]]] = {}
    for stop in causes.stops({health.plan.id: health}, campaigns, times.now, spent):
        for cause in stop.causes:
            for campaign in stop.campaigns:
                # Its own last day and its own budget are no causes that campaigns share.
                alone = campaign if cause.kind in (causes.OVER, causes.SPENT) else ""
                stopped.setdefault((cause, alone), []).append((campaign, names[campaign]))
    return [
        ToldCause(cause_words(cause, health.plan, times), tuple(effects))
        for (cause, _), effects in stopped.items()
    ]


def zone_name(plan: StorePlan, zone: str | None) -> str:
    """Return a zone's name as the plan has it, or its id."""
    return next((one.name for one in plan.zones if one.id == zone), zone or "")
