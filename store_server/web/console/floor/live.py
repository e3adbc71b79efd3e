"""The live page of a store: floor, causes, today's counts, decisions; and what of it changed, for the event stream."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from campaigns.document import Campaign
from protocol.plan import StorePlan
from store_server.db.session import reading
from store_server.db.tables import DecisionRow
from store_server.fleet.budgets import spent_campaigns
from store_server.fleet.causes import BEACON, GATEWAY, Cause
from store_server.fleet.chain import chain_health
from store_server.fleet.condition import BeaconCondition, Condition
from store_server.fleet.health import StoreHealth, store_health
from store_server.fleet.large import large_store_health
from store_server.web.console import rows
from store_server.web.console.decisions.feed import Line, feed_line, outcome_counts, reason_counts
from store_server.web.console.desk import Desk
from store_server.web.console.fleet.causes import cause_words, store_causes, zone_name
from store_server.web.console.fleet.equipment import BEACON_WORDS, GATEWAY_WORDS
from store_server.web.console.floor.bunches import DRAWN_ALL, drawn_singly
from store_server.web.console.floor.drawing import FloorView, Someone, draw_floor
from store_server.web.console.floor.hearing import LABELLED, Chosen, Hearing, name_options, read_hearing
from store_server.web.console.floor.people import people_on_floor
from store_server.web.console.floor.pictures import read_picture
from store_server.web.console.times import StoreTime
from store_server.web.design.language import Language

FEED_LENGTH = 30
"""Decisions on the page; older ones are a search away."""

TROUBLES_TOLD = 4
"""Where nothing stops a campaign; the fleet list has them all."""

PARTS = ("floor", "causes", "counts")
"""Regions of the page that are replaced whole when they change."""
HEARING = "hearing"
"""One more of them, where a gateway or beacon is chosen."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A store as it is at one instant, ready for the templates."""

    plan: StorePlan
    times: StoreTime
    context: Mapping[str, Any]


def read_store(desk: Desk, store: str, language: Language, chosen: Chosen | None = None) -> Snapshot:
    """Read one store in one consistent view, and who hears what of the one chosen. Raises HTTPException 404."""
    with reading(desk.engine) as session:
        plan = desk.plan(session, store)
        times = desk.times(plan, language)
        campaigns = [running.campaign for running in desk.campaigns(session).values()]
        judge = large_store_health if len(plan.beacons) > DRAWN_ALL else store_health
        health = judge(session, plan, times.now)
        hearing = None if chosen is None else read_hearing(session, plan, chosen, times)
        troubles, more_troubles = _troubles(health, times)
        people = people_on_floor(
            plan, rows.shoppers_in(session, store, times.now), rows.tags_in(session, store), times.now
        )
        found = rows.counts_since(session, times.day_start, store=store)
        context = {
            "plan": plan,
            "picture": read_picture(session, store),
            "times": times,
            "floor": _drawing(plan, people, health, hearing, times),
            "hearing": hearing,
            "labelled": LABELLED,
            "names": name_options(plan, {name: one.condition.state for name, one in health.beacons.items()}),
            "shoppers": sum(one.kind == "shopper" for one in people),
            "tags": sum(one.kind != "shopper" for one in people),
            "gateways_well": sum(one.well for one in health.gateways.values()),
            "beacons_heard": sum(one.condition.alive for one in health.beacons.values()),
            "troubles": troubles,
            "more_troubles": more_troubles,
            "causes": store_causes(
                health,
                campaigns,
                times,
                spent_campaigns(session, campaigns),
                chain_health(session, times.now),
            ),
            "counts": outcome_counts(
                found, rows.withdrawn_since(session, times.day_start, store=store), times
            ),
            "reasons": reason_counts(found, times),
            "feed_length": FEED_LENGTH,
            "store": store,
        }
    return Snapshot(plan, times, context)


def read_feed(desk: Desk, store: str, language: Language) -> tuple[list[Line], int]:
    """Return the newest decisions of a store, newest first, and the cursor to go on from."""
    with reading(desk.engine) as session:
        newest = rows.newest_decisions(session, store, FEED_LENGTH)
        cursor = newest[0].seq if newest else rows.last_seq(session)
        plan = desk.plan(session, store)
        campaigns = [running.campaign for running in desk.campaigns(session).values()]
        return _lines(session, newest, plan, campaigns, desk.times(plan, language)), cursor or 0


def read_lines(desk: Desk, store: str, after: int, language: Language) -> list[Line]:
    """Return the decisions of a store after a cursor, oldest first."""
    with reading(desk.engine) as session:
        found = rows.decisions_after(session, store, after, FEED_LENGTH)
        if not found:
            return []
        plan = desk.plan(session, store)
        campaigns = [running.campaign for running in desk.campaigns(session).values()]
        return _lines(session, found, plan, campaigns, desk.times(plan, language))


def _lines(
    session: Session,
    found: Sequence[DecisionRow],
    plan: StorePlan,
    campaigns: Sequence[Campaign],
    times: StoreTime,
) -> list[Line]:
    names = {campaign.id: campaign.name for campaign in campaigns}
    messages = rows.messages_of(session, found)
    return [
        feed_line(row, messages.get(row.seq or 0), names, zone_name(plan, row.zone), times) for row in found
    ]


def _drawing(
    plan: StorePlan, people: Sequence[Someone], health: StoreHealth, hearing: Hearing | None, times: StoreTime
) -> FloorView:
    states = {name: one.condition.state for name, one in health.beacons.items()}
    single = drawn_singly(states, () if hearing is None else hearing.beacons)
    gathered = {name: (state, BEACON_WORDS[state][1]) for name, state in states.items() if name not in single}
    return draw_floor(
        plan, people, _gateway_marks(health, times), _beacon_marks(health, single, times), gathered
    )


def _gateway_marks(health: StoreHealth, times: StoreTime) -> dict[str, tuple[str, str, str]]:
    return {
        name: (one.state, GATEWAY_WORDS[one.state][1], _hover(name, one, times))
        for name, one in health.gateways.items()
    }


def _beacon_marks(
    health: StoreHealth, single: Collection[str], times: StoreTime
) -> dict[str, tuple[str, str, str]]:
    marks = {}
    for name in single:
        one = health.beacons[name]
        words = _heard_words(name, one, times) or _hover(name, one.condition, times, BEACON_WORDS)
        marks[name] = (one.condition.state, BEACON_WORDS[one.condition.state][1], words)
    return marks


def _heard_words(name: str, one: BeaconCondition, times: StoreTime) -> str:
    if not one.heard_by:
        return ""
    return times.language.say("%(what)s, heard by %(who)s", what=name, who=", ".join(one.heard_by))


def _hover(
    name: str, one: Condition, times: StoreTime, words: Mapping[str, tuple[str, str, str]] = GATEWAY_WORDS
) -> str:
    since = f", {times.brief(one.since).text}" if one.since is not None and not one.well else ""
    return f"{name}: {times.language.gettext(words[one.state][0])}{since}"


def _troubles(health: StoreHealth, times: StoreTime) -> tuple[list[str], int]:
    """Return the first things that are not well, gateways first, whether or not they stop a campaign; and how many more."""
    found = [Cause(GATEWAY, name, one) for name, one in health.gateways.items() if not one.well]
    found += [
        Cause(BEACON, name, one.condition, one.detail)
        for name, one in health.beacons.items()
        if one.condition.state in ("silent", "never", "weak", "moved")
    ]
    told = [cause_words(one, health.plan, times) for one in found[:TROUBLES_TOLD]]
    return told, len(found) - len(told)
