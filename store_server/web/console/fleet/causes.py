"""Causes joined to their effects, in words: what is wrong and the campaigns it stops (SPEC 1, operations)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from campaigns.document import Campaign
from protocol.plan import StorePlan
from store_server.fleet.causes import BEACON, GATEWAY, OVER, SPENT, Cause, stops
from store_server.fleet.chain import WELL_CHAIN, ChainHealth, chain_health
from store_server.fleet.health import StoreHealth
from store_server.fleet.wording import Wording
from store_server.web.console.accounts.gate import HOME, STORES
from store_server.web.console.desk import query
from store_server.web.console.times import StoreTime


@dataclass(frozen=True, slots=True)
class ToldCause:
    """One thing that is wrong and the campaigns it stops."""

    words: str
    link: str
    """The page of what it is about; empty where that has none."""
    campaigns: tuple[tuple[str, str], ...]
    """Id and name of each."""


def store_wording(plan: StorePlan | None, times: StoreTime) -> Wording:
    """Return what puts causes in words as one store says them; without a plan, in the chain's."""
    zone = plan.zone_name if plan else str
    if plan is None:
        return Wording(times.language, zone, lambda at: times.zoned(at).text)
    return Wording(times.language, zone, lambda at: times.brief(at).text)


def cause_words(cause: Cause, plan: StorePlan, times: StoreTime) -> str:
    """Return one cause as people say it."""
    return store_wording(plan, times).cause(cause)


def subject_link(kind: str, store: str, name: str | None) -> str:
    """Return the page of a gateway, or of who hears a beacon; empty for what has none."""
    if kind == GATEWAY and name:
        return f"{HOME}/fleet/{store}/{name}"
    if kind == BEACON and name:
        return f"{query(f'{STORES}/{store}', beacon=name)}#who"
    return ""


def store_causes(
    health: StoreHealth,
    campaigns: Sequence[Campaign],
    times: StoreTime,
    spent: Collection[str] = (),
    chain: ChainHealth = WELL_CHAIN,
) -> list[ToldCause]:
    """Return what stops live campaigns in this store from firing, each cause once."""
    names = {one.id: one.name for one in campaigns}
    stopped: dict[tuple[Cause, str], list[tuple[str, str]]] = {}
    for stop in stops({health.plan.id: health}, campaigns, times.now, spent, chain):
        for cause in stop.causes:
            for campaign in stop.campaigns:
                # Its own last day and its own budget are no causes that campaigns share.
                alone = campaign if cause.kind in (OVER, SPENT) else ""
                stopped.setdefault((cause, alone), []).append((campaign, names[campaign]))
    return [
        ToldCause(
            cause_words(cause, health.plan, times),
            subject_link(cause.kind, health.plan.id, cause.name),
            tuple(effects),
        )
        for (cause, _), effects in stopped.items()
    ]


def chain_words(session: Session, times: StoreTime) -> list[str]:
    """Return what is not well of all that stores lean on."""
    words, found = store_wording(None, times), chain_health(session, times.now).troubles
    return [words.cause(Cause(one.kind, one.name, one.condition, one.why)) for one in found]


def zone_name(plan: StorePlan, zone: str | None) -> str:
    """Return a zone's name as the plan has it, or its id."""
    return plan.zone_name(zone)
