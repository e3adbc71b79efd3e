"""Routes of campaigns: the list with what keeps each from firing, and one campaign read as a sentence."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from campaigns.document import Campaign
from protocol.instants import DAY, Instant
from store_server.db.session import reading
from store_server.fleet.causes import Cause, all_causes
from store_server.fleet.health import StoreHealth, all_healths
from store_server.web.console import rows
from store_server.web.console.campaign_places import campaign_times
from store_server.web.console.causes import cause_words, zone_name
from store_server.web.console.desk import Desk
from store_server.web.console.feed import ReasonCount, outcome_counts
from store_server.web.console.gate import person_of
from store_server.web.console.pages_review import actions_of, waiting_of
from store_server.web.console.sentence import (
    ZoneName,
    campaign_sentence,
    limit_words,
    moment_part,
    schedule_words,
)
from store_server.web.console.times import Moment, StoreTime
from store_server.web.console.words import ADVICE, CAMPAIGN_STATES, reason_words
from store_server.web.design.language import Language

LOOK_BACK_MS = 7 * DAY
CAUSES_SHOWN = 3
"""In the list; the campaign's own page names them all."""


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
    causes: tuple[str, ...]
    more_causes: int
    sent_today: int
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

    @router.get("/campaigns")
    def campaigns(request: Request, state: str | None = None) -> Response:
        language = desk.language(request)
        with reading(desk.engine) as session:
            running = [one.campaign for one in desk.campaigns(session).values()]
            stores = all_healths(session, desk.plans(session), desk.clock.now())
            clocks = {store: desk.times(health.plan, language) for store, health in stores.items()}
            today = min((clock.day_start for clock in clocks.values()), default=desk.clock.now())
            sent, last = rows.sends_since(session, today), rows.last_sends(session)
        counted = {key: sum(one.status == key for one in running) for key in CAMPAIGN_STATES}
        filters = [("", language.gettext("All"), len(running))]
        filters += [
            (key, language.gettext(CAMPAIGN_STATES[key][0]), number) for key, number in counted.items()
        ]
        otherwise = StoreTime("UTC", language, desk.clock.now())
        causes = _causes(running, stores, desk.clock.now())
        listed = [
            _row(
                one, stores, clocks, otherwise, causes.get(one.id, []), sent.get(one.id, 0), last.get(one.id)
            )
            for one in _ordered(running)
            if state in (None, "", one.status)
        ]
        return desk.page(request, "campaigns.html", campaigns=listed, filters=filters, wanted=state or "")

    @router.get("/campaigns/{campaign}")
    def one_campaign(request: Request, campaign: str) -> Response:
        language = desk.language(request)
        with reading(desk.engine) as session:
            found = desk.campaigns(session).get(campaign)
            if found is None:
                raise HTTPException(404, campaign)
            one, since = found.campaign, desk.clock.now() - LOOK_BACK_MS
            stores = all_healths(session, desk.plans(session), desk.clock.now())
            counted = rows.counts_since(session, since, campaign=campaign)
            withdrawn = rows.withdrawn_since(session, since, campaign=campaign)
            missed = rows.near_misses(session, campaign, since)
            plans, person = desk.plans(session), person_of(request)
            times = campaign_times(one, plans, language, desk.clock.now())
            actions = actions_of(session, desk, campaign, one.status, person)
            waits = waiting_of(session, one, plans, times, person)
        clocks = {store: desk.times(health.plan, language) for store, health in stores.items()}
        word, tone, icon = CAMPAIGN_STATES[one.status]
        return desk.page(
            request,
            "campaign.html",
            campaign=one,
            revision=found.revision,
            state_text=language.gettext(word),
            state_tone=tone,
            state_icon=icon,
            causes=_cause_words(_causes([one], stores, desk.clock.now()).get(one.id, []), stores, clocks),
            parts=campaign_sentence(one, language, _zone_names(one, stores)),
            limits=limit_words(one, language),
            texts=_texts(one, language),
            counts=outcome_counts(counted, withdrawn, times),
            near_misses=_near_misses(missed, language),
            actions=actions,
            waits=waits,
            section="campaigns",
        )


def _ordered(campaigns: Sequence[Campaign]) -> list[Campaign]:
    """Sort by state as people look for them: live first, ended last; then by name."""
    order = list(CAMPAIGN_STATES)
    return sorted(campaigns, key=lambda one: (order.index(one.status), one.name))


def _row(
    campaign: Campaign,
    stores: Mapping[str, StoreHealth],
    clocks: Mapping[str, StoreTime],
    otherwise: StoreTime,
    causes: Sequence[tuple[str, Cause]],
    sent_today: int,
    sent_at: int | None,
) -> CampaignRow:
    times = next((clocks[store] for store in clocks if campaign.runs_in(store)), otherwise)
    word, tone, icon = CAMPAIGN_STATES[campaign.status]
    return CampaignRow(
        id=campaign.id,
        name=campaign.name,
        moment=moment_part(campaign, times.language, _zone_names(campaign, stores)),
        state=times.language.gettext(word),
        tone=tone,
        icon=icon,
        schedule=schedule_words(campaign, times.language),
        causes=tuple(_cause_words(causes[:CAUSES_SHOWN], stores, clocks)),
        more_causes=max(len(causes) - CAUSES_SHOWN, 0),
        sent_today=sent_today,
        last_sent=times.zoned(sent_at) if sent_at is not None else None,
    )


def _causes(
    campaigns: Sequence[Campaign], stores: Mapping[str, StoreHealth], now: Instant
) -> dict[str, list[tuple[str, Cause]]]:
    """Return why live campaigns cannot fire, by id, each cause with its store."""
    found: dict[str, list[tuple[str, Cause]]] = defaultdict(list)
    for store, campaign, causes in all_causes(stores, campaigns, now):
        found[campaign.id] += [(store, cause) for cause in causes]
    return found


def _cause_words(
    causes: Sequence[tuple[str, Cause]], stores: Mapping[str, StoreHealth], clocks: Mapping[str, StoreTime]
) -> list[str]:
    """Return causes in words, with the store's name where there are several."""
    words = []
    for store, cause in causes:
        plan = stores[store].plan
        where = f"{plan.name}: " if len(stores) > 1 else ""
        words.append(f"{where}{cause_words(cause, plan, clocks[store])}")
    return words


def _zone_names(campaign: Campaign, stores: Mapping[str, StoreHealth]) -> ZoneName:
    """Return how to name a zone: as the first store that has it does."""

    def name(zone: str | None) -> str:
        for store, health in stores.items():
            if campaign.runs_in(store) and zone in health.plan.zone_ids:
                return zone_name(health.plan, zone)
        return zone or ""

    return name


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
            **_as_dict(
                ReasonCount(step, reason_words(language, step), "warn", number, round(100 * number / most, 1))
            ),
            "advice": language.gettext(ADVICE[step]) if step in ADVICE else "",
        }
        for step, number in ordered
    ]


def _as_dict(one: ReasonCount) -> dict[str, object]:
    return {"reason": one.reason, "words": one.words, "number": one.number, "share_pct": one.share_pct}
