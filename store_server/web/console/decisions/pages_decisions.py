"""Routes of Why: search decisions, and one decision explained step by step with its facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from campaigns.document import INTERRUPTING
from protocol.instants import DAY, MINUTE
from protocol.plan import StorePlan
from store_server.db.session import reading
from store_server.db.tables import DecisionRow, Outbox
from store_server.documents import RunningCampaign
from store_server.fleet.kept import last_look
from store_server.web.console import rows
from store_server.web.console.accounts.gate import HOME
from store_server.web.console.campaigns.health import Place, read_campaign_health
from store_server.web.console.decisions.explanation import fact_rows, passed_steps
from store_server.web.console.decisions.feed import feed_line, final_outcome, moment_words, pseudonym
from store_server.web.console.desk import Desk, query
from store_server.web.console.fleet.causes import zone_name
from store_server.web.console.times import StoreTime, look_words
from store_server.web.console.words import (
    ADVICE,
    CHANNELS,
    MESSAGE_STATES,
    OUTCOMES,
    REASONS,
    Outcome,
    delivery_words,
    named,
    outcome_of,
    reason_words,
    verdict,
)
from store_server.web.design.language import Language

FOUND_AT_MOST = 100
WEEK_MS = 7 * DAY
"""As far as a campaign's own counts look back."""
AROUND_MS = 30 * MINUTE
"""A shopper remembers the hour, not the minute."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The search as typed; it comes back into the form as it was."""

    shopper: str = ""
    store: str = ""
    campaign: str = ""
    outcome: str = ""
    reason: str = ""
    day: str = ""
    time: str = ""


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the search and the explanation."""

    @router.get("/why")
    def why(request: Request) -> Response:
        search = _search(request)
        wanted, language = Wanted(**search), desk.language(request)
        with reading(desk.engine) as session:
            plans, campaigns = desk.plans(session), desk.campaigns(session)
            plan = plans.get(wanted.store) or next(iter(plans.values()), None)
            times = desk.times(plan, language) if plan else StoreTime("UTC", language, desk.clock.now())
            asked, faults = _question(wanted, times)
            found = [] if any(faults.values()) else rows.find_decisions(session, asked, FOUND_AT_MOST)
            messages = rows.messages_of(session, found)
            about = campaigns.get(wanted.campaign)
            place = Place(plans, language, desk.clock.now())
            health = read_campaign_health(session, desk, about.campaign, place) if about else None
            look = last_look(session, place.now)
        names = {key: one.campaign.name for key, one in campaigns.items()}
        lines = [
            feed_line(
                row, messages.get(row.seq or 0), names, _zone(plans, row), _clock(desk, plans, row, times)
            )
            for row in found
        ]
        note = language.count("%(n)s found", "%(n)s found", len(lines))
        if wanted.day == "week":
            note = language.say("%(found)s in the last 7 days", found=note)
        if len(lines) == FOUND_AT_MOST:
            note = language.say("the newest %(n)s; narrow the search to see others", n=len(lines))
        options = _options(plans, campaigns, language)
        return desk.page(
            request,
            "why.html",
            wanted=wanted,
            faults=faults,
            search=search,
            asked=[] if any(faults.values()) else _asked_words(wanted, options, times),
            day=_day_shown(wanted.day, times),
            lines=lines,
            found_note=note,
            health=health,
            look=look_words(look, language, place.now, (plan.timezone for plan in plans.values())),
            **options,
        )

    @router.get("/decisions/{seq}")
    def decision(request: Request, seq: int) -> Response:
        language = desk.language(request)
        with reading(desk.engine) as session:
            row = rows.decision(session, seq)
            if row is None:
                raise HTTPException(404, str(seq))
            message = rows.messages_of(session, [row]).get(seq)
            plan = desk.plans(session).get(row.store)
            running = desk.campaigns(session).get(row.campaign)
        times = desk.times(plan, language) if plan else StoreTime("UTC", language, desk.clock.now())
        explained = _explained(row, message, plan, running, times)
        return desk.page(request, "decision.html", search=_search(request), **explained)


def _search(request: Request) -> dict[str, str]:
    """Return the search that an address carries: its fields that are filled in, and nothing else."""
    given = {name: request.query_params.get(name, "").strip()[:200] for name in Wanted.__slots__}
    return {name: value for name, value in given.items() if value}


def _explained(
    row: DecisionRow,
    message: Outbox | None,
    plan: StorePlan | None,
    running: RunningCampaign | None,
    times: StoreTime,
) -> dict[str, Any]:
    language = times.language
    outcome = final_outcome(row, message)
    look = outcome_of(outcome)
    zone = zone_name(plan, row.zone) if plan else row.zone or ""
    campaign = running.campaign.name if running else row.campaign
    channels = running.campaign.channels if running else ()
    reason = row.reason if outcome == row.outcome else (message.reason if message else None)
    story = language.say(
        "Someone %(moment)s at %(at)s. “%(campaign)s” was considered.",
        moment=moment_words(row.trigger, zone, times),
        at=times.clock(row.trigger_at).text,
        campaign=campaign,
    )
    return {
        "row": row,
        "headline": verdict(language, outcome, reason, row.channel),
        "look": Outcome(language.gettext(look.word), look.tone, look.icon, look.meaning),
        "decided": times.brief(row.at),
        "zone_name": times.zone_name,
        "store_name": plan.name if plan else row.store,
        "story": story,
        "meaning": language.gettext(look.meaning),
        "advice": language.gettext(ADVICE[row.reason])
        if row.reason is not None and row.reason in ADVICE
        else "",
        "steps": passed_steps(row, bool(INTERRUPTING & set(channels)), times),
        "people_facts": _people_facts(row, message, campaign, zone, times),
        "facts": fact_rows(row.facts, times),
        "section": "why",
        "store": row.store,
    }


def _people_facts(
    row: DecisionRow, message: Outbox | None, campaign: str, zone: str, times: StoreTime
) -> list[tuple[str, str, str | None]]:
    say = times.language.gettext
    facts: list[tuple[str, str, str | None]] = [
        (say("Campaign"), campaign, f"{HOME}/campaigns/{row.campaign}"),
        (say("Shopper's pseudonym"), pseudonym(row.shopper), query(f"{HOME}/why", shopper=row.shopper)),
    ]
    if zone:
        facts.append((say("Zone"), zone, None))
    if row.visit_at is not None:
        facts.append((say("In the store since"), times.brief(row.visit_at).text, None))
    if row.stay_at is not None:
        facts.append((say("In the zone since"), times.brief(row.stay_at).text, None))
    if row.channel:
        facts.append((say("Channel"), named(times.language, CHANNELS, row.channel), None))
    if row.variant:
        facts.append((say("Variant"), row.variant, None))
    facts.append((say("Campaign revision"), str(row.revision), None))
    if message is not None:
        facts.append((say("The message now"), _message_words(message, times.language), None))
    return facts


def _message_words(message: Outbox, language: Language) -> str:
    words = named(language, MESSAGE_STATES, message.state)
    return f"{words} ({delivery_words(language, message.reason)})" if message.reason else words


def _question(wanted: Wanted, times: StoreTime) -> tuple[rows.DecisionFilter, dict[str, str]]:
    """Return what to ask the database, and what is wrong with each field."""
    faults = {"shopper": "", "day": "", "time": ""}
    since = until = None
    try:
        if wanted.day == "today":
            since = times.day_start
        elif wanted.day == "week":
            since = times.now - WEEK_MS
        elif wanted.day:
            since = times.parse(wanted.day, "00:00")
            until = since + DAY
    except ValueError:
        faults["day"] = times.language.gettext("A day such as 2026-11-01, please.")
    if wanted.time:
        try:
            day = "" if faults["day"] else _day_shown(wanted.day, times)
            middle = times.parse(day or times.iso_day(), wanted.time)
            since, until = middle - AROUND_MS, middle + AROUND_MS
        except ValueError:
            faults["time"] = times.language.gettext("A time such as 14:05, please.")
    asked = rows.DecisionFilter(
        store=wanted.store or None,
        campaign=wanted.campaign or None,
        outcome=wanted.outcome or None,
        reason=wanted.reason or None,
        shopper=wanted.shopper.rstrip("…") or None,
        since=since,
        until=until,
    )
    return asked, faults


def _asked_words(
    wanted: Wanted, options: Mapping[str, Sequence[tuple[str, str]]], times: StoreTime
) -> list[str]:
    """Return what is searched for in words, in the form's order."""
    words = [pseudonym(wanted.shopper)]
    for name in ("store", "campaign", "outcome", "reason"):
        value = getattr(wanted, name)
        words.append(dict(options[f"{name}_options"]).get(value, value) if value else "")
    week = times.language.gettext("Last 7 days") if wanted.day == "week" else ""
    words += [week or _day_shown(wanted.day, times), wanted.time]
    return [one for one in words if one]


def _day_shown(day: str, times: StoreTime) -> str:
    """Return the day for its field; a week has none."""
    return times.iso_day() if day == "today" else "" if day == "week" else day


def _zone(plans: Mapping[str, StorePlan], row: DecisionRow) -> str:
    plan = plans.get(row.store)
    return zone_name(plan, row.zone) if plan else row.zone or ""


def _clock(desk: Desk, plans: Mapping[str, StorePlan], row: DecisionRow, otherwise: StoreTime) -> StoreTime:
    plan = plans.get(row.store)
    return desk.times(plan, otherwise.language) if plan else otherwise


def _options(
    plans: Mapping[str, StorePlan], campaigns: Mapping[str, RunningCampaign], language: Language
) -> dict[str, Any]:
    say = language.gettext
    every = ("", say("All"))
    return {
        "store_options": [every, *((plan.id, plan.name) for plan in plans.values())],
        "campaign_options": [every, *((key, one.campaign.name) for key, one in campaigns.items())],
        "outcome_options": [every, *((name, say(look.word)) for name, look in OUTCOMES.items())],
        "reason_options": [every, *((name, reason_words(language, name)) for name in REASONS)],
    }
