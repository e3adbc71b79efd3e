"""Routes of campaigns: the list with what keeps each from firing, and one campaign read as a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from campaigns.document import Campaign
from protocol.instants import DAY, Instant
from store_server.db.scope import visible_stores
from store_server.db.session import reading
from store_server.db.tables import CampaignRevision
from store_server.fleet.causes import Cause
from store_server.fleet.kept import kept_stops, last_look
from store_server.review import waiting_names
from store_server.web.console import rows
from store_server.web.console.accounts.gate import person_of
from store_server.web.console.campaigns.health import Place, read_campaign_health, stopped_by
from store_server.web.console.campaigns.held import all_quiet
from store_server.web.console.campaigns.pages_coupons import has_code_slot
from store_server.web.console.campaigns.pages_review import actions_of, waiting_of
from store_server.web.console.campaigns.places import campaign_times, zone_names
from store_server.web.console.campaigns.sentence import (
    campaign_sentence,
    limit_words,
    moment_part,
    next_words,
    schedule_words,
)
from store_server.web.console.decisions.feed import outcome_counts
from store_server.web.console.desk import Desk
from store_server.web.console.leaves import read_leaf, turn_leaves
from store_server.web.console.times import Moment, look_words
from store_server.web.console.words import ADVICE, CAMPAIGN_STATES, reason_words
from store_server.web.design.language import Language

LOOK_BACK_MS = 7 * DAY
CAUSES_SHOWN = 3
"""In the list; the campaign's own page names more."""
LEAF_LENGTH = 50
LONGEST_SEARCH = 64


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One campaign in the list."""

    id: str
    name: str
    moment: str
    state: str
    tone: str
    icon: str
    schedule: str
    next_change: str
    waits: bool
    """Whether it waits for a second person."""
    causes: tuple[str, ...]
    more_causes: int
    quiet_until: Moment | None
    """The end of quiet hours that keep it from interrupting anybody now."""
    sent_today: int
    sent_week: int
    last_sent: Moment | None


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A campaign's words in one locale and variant."""

    label: str
    title: str
    body: str
    link: str | None


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the campaigns' pages."""
    _add_list(router, desk)
    _add_one(router, desk)


def _add_list(router: APIRouter, desk: Desk) -> None:
    @router.get("/campaigns")
    def campaigns(request: Request, state: str = "", text: str = "", page: str = "") -> Response:
        language, now, text = desk.language(request), desk.clock.now(), text.strip()[:LONGEST_SEARCH]
        with reading(desk.engine) as session:
            running = [one.campaign for one in desk.campaigns(session).values()]
            named = [one for one in _ordered(running) if _matches(one, text)]
            found = [one for one in named if state in ("", one.status)]
            leaf = turn_leaves(request.url, read_leaf(page), len(found), LEAF_LENGTH)
            shown = found[leaf.skip : leaf.last]
            plans = desk.plans(session)
            place = Place(plans, language, now)
            sent = Sends(
                rows.sends_since(session, place.first_midnight), rows.sends_since(session, now - LOOK_BACK_MS)
            )
            asked = waiting_names(session)
            last = rows.last_sends(session, [one.id for one in shown])
            look = last_look(session, now)
            stopped = stopped_by(kept_stops(session), {one.id for one in shown})
        counted = {key: sum(one.status == key for one in named) for key in CAMPAIGN_STATES}
        filters = [("", language.gettext("All"), len(named))]
        filters += [(key, language.gettext(CAMPAIGN_STATES[key][0]), counted[key]) for key in counted]
        listed = [
            _row(one, place, stopped.get(one.id, []), sent, last.get(one.id), waits=one.id in asked)
            for one in shown
        ]
        return desk.page(
            request,
            "campaigns.html",
            campaigns=listed,
            filters=filters,
            wanted=state,
            text=text,
            leaf=leaf,
            look=look_words(look, language, now, (plan.timezone for plan in plans.values())),
        )


def _add_one(router: APIRouter, desk: Desk) -> None:
    @router.get("/campaigns/{campaign}")
    def one_campaign(request: Request, campaign: str) -> Response:
        language, now = desk.language(request), desk.clock.now()
        with reading(desk.engine) as session:
            found = desk.campaigns(session).get(campaign)
            if found is None:
                raise HTTPException(404, campaign)
            one, since = found.campaign, now - LOOK_BACK_MS
            plans, person, look = desk.plans(session), person_of(request), last_look(session, now)
            place, times = Place(plans, language, now), campaign_times(one, plans, language, now)
            health = read_campaign_health(session, desk, one, place)
            applied = session.get_one(CampaignRevision, (campaign, found.revision))
            counted = rows.counts_since(session, since, campaign=campaign)
            withdrawn = rows.withdrawn_since(session, since, campaign=campaign)
            own = visible_stores()
            # Near misses are counted by campaign: of one that runs in other stores too they would tell of those.
            told = own is None or one.runs_within(own)
            missed = rows.near_misses(session, campaign, since) if told else {}
            actions = actions_of(session, desk, campaign, one.status, person)
            waits = waiting_of(session, one, plans, times, person)
        word, tone, icon = CAMPAIGN_STATES[one.status]
        return desk.page(
            request,
            "campaign.html",
            campaign=one,
            revision=found.revision,
            state_text=language.gettext(word),
            state_tone=tone,
            state_icon=icon,
            applied=(applied.applied_by, times.brief(applied.applied_at)),
            health=health,
            look=look_words(look, language, now, (plan.timezone for plan in plans.values())),
            parts=campaign_sentence(one, language, zone_names(one, plans)),
            limits=limit_words(one, language),
            texts=_texts(one, language),
            counts=outcome_counts(counted, withdrawn, times),
            near_misses=_near_misses(missed, language),
            actions=actions,
            waits=waits,
            has_codes=has_code_slot(one),
            section="campaigns",
        )


@dataclass(frozen=True, slots=True)
class Sends:
    """Messages sent by campaign, since midnight and over the last seven days."""

    today: Mapping[str, int]
    week: Mapping[str, int]


def _matches(campaign: Campaign, text: str) -> bool:
    folded = text.casefold()
    return folded in campaign.name.casefold() or folded in campaign.id.casefold()


def _ordered(campaigns: Sequence[Campaign]) -> list[Campaign]:
    """Sort by state as people look for them: live first, ended last; then by name."""
    order = list(CAMPAIGN_STATES)
    return sorted(campaigns, key=lambda one: (order.index(one.status), one.name))


def _row(
    campaign: Campaign,
    place: Place,
    causes: Sequence[tuple[str, Cause]],
    sent: Sends,
    sent_at: Instant | None,
    *,
    waits: bool,
) -> CampaignRow:
    times = campaign_times(campaign, place.plans, place.language, place.now)
    word, tone, icon = CAMPAIGN_STATES[campaign.status]
    words, quiet = [one.words for one in place.told(causes)], all_quiet(campaign, place.plans, place.now)
    return CampaignRow(
        id=campaign.id,
        name=campaign.name,
        moment=moment_part(campaign, times.language, zone_names(campaign, place.plans)),
        state=times.language.gettext(word),
        tone=tone,
        icon=icon,
        schedule=schedule_words(campaign, times.language),
        causes=tuple(words[:CAUSES_SHOWN]),
        more_causes=max(len(words) - CAUSES_SHOWN, 0),
        quiet_until=times.brief(quiet.until) if quiet is not None else None,
        next_change=next_words(campaign, times),
        waits=waits,
        sent_today=sent.today.get(campaign.id, 0),
        sent_week=sent.week.get(campaign.id, 0),
        last_sent=times.zoned(sent_at) if sent_at is not None else None,
    )


def _texts(campaign: Campaign, language: Language) -> list[LabelledText]:
    found = [
        LabelledText(locale, text.title, text.body, text.link)
        for locale, text in campaign.message.texts.items()
    ]
    for variant in campaign.variants:
        texts = variant.message.texts if variant.message else {}
        for locale, text in texts.items():
            label = language.say("%(locale)s, variant %(id)s", locale=locale, id=variant.id)
            found.append(LabelledText(label, text.title, text.body, text.link))
    return found


def _near_misses(missed: Mapping[str, int], language: Language) -> list[dict[str, object]]:
    most = max(missed.values(), default=1)
    ordered = sorted(missed.items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        {
            "reason": step,
            "words": reason_words(language, step),
            "number": number,
            "share_pct": round(100 * number / most, 1),
            "advice": language.gettext(ADVICE[step]) if step in ADVICE else "",
        }
        for step, number in ordered
    ]
