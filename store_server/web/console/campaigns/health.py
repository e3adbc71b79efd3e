"""How a campaign is doing, for every page that names it: what stops it, what worries, who is held back, what does not read."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from campaigns.document import Campaign
from protocol.instants import Instant
from protocol.plan import StorePlan
from store_server.db.tables import EquipmentCondition
from store_server.documents import BrokenDocument
from store_server.fleet.causes import Cause, Stop
from store_server.fleet.chain import PHONES
from store_server.fleet.condition import MOVED, SPOOL_FULL, WEAK, Condition
from store_server.fleet.kept import kept_stops
from store_server.parts import BROKER, PUSH
from store_server.web.console.campaigns.held import Held, read_held
from store_server.web.console.campaigns.places import campaign_times
from store_server.web.console.desk import Desk
from store_server.web.console.fleet.causes import cause_words, subject_link
from store_server.web.console.times import StoreTime
from store_server.web.design.language import Language

CAUSES_NAMED = 20
"""On a campaign's own page: a chain that has lost its broker needs one look at the fleet, not hundreds of lines."""
WORRIES_NAMED = 5
WORRYING = (WEAK, MOVED, SPOOL_FULL)
"""A campaign fires all the same: late, in the wrong place, or not for much longer."""


@dataclass(frozen=True)
class Place:
    """The chain's stores as pages need them: where a day begins, causes in words."""

    plans: Mapping[str, StorePlan]
    language: Language
    now: Instant

    @property
    def first_midnight(self) -> Instant:
        """Return when today began in the store where it began first."""
        zones = {plan.timezone for plan in self.plans.values()}
        return min((self._clock(zone).day_start for zone in zones), default=self.now)

    def told(self, causes: Sequence[tuple[str, Cause]]) -> list["Told"]:
        """Return causes in words, each once, with the store's name where there are several and it is the store's own."""
        found: dict[str, Told] = {}
        for store, cause in causes:
            if plan := self.plans.get(store):
                own = len(self.plans) > 1 and cause.kind not in (PUSH, PHONES, BROKER)
                where = f"{plan.name}: " if own else ""
                words = f"{where}{cause_words(cause, plan, self._clock(plan.timezone))}"
                found.setdefault(words, Told(words, subject_link(cause.kind, store, cause.name)))
        return list(found.values())

    def _clock(self, zone: str) -> StoreTime:
        return StoreTime(zone, self.language, self.now)


@dataclass(frozen=True, slots=True)
class Told:
    """One cause in words, with the page of what it is about; empty where that has none."""

    words: str
    link: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A newest revision that does not read, in words."""

    title: str
    problem: str


@dataclass(frozen=True, slots=True)
class CampaignHealth:
    """One campaign's health, ready to show."""

    unreadable: Unreadable | None
    causes: Sequence[Told]
    more_causes: int
    worries: Sequence[Told]
    held: Held | None


def read_campaign_health(session: Session, desk: Desk, campaign: Campaign, place: Place) -> CampaignHealth:
    """Read how one campaign is doing, as last judged."""
    times = campaign_times(campaign, place.plans, place.language, place.now)
    stopped = stopped_by(kept_stops(session), {campaign.id}).get(campaign.id, [])
    causes = place.told(stopped)
    broken = desk.documents.broken_campaigns(session).get(campaign.id)
    return CampaignHealth(
        unreadable=None if broken is None else _unreadable(broken, times),
        causes=causes[:CAUSES_NAMED],
        more_causes=max(len(causes) - CAUSES_NAMED, 0),
        worries=place.told(_worries(session, campaign))[:WORRIES_NAMED],
        held=read_held(session, campaign, place.plans, times),
    )


def stopped_by(stops: Sequence[Stop], campaigns: Collection[str]) -> dict[str, list[tuple[str, Cause]]]:
    """Return why some campaigns cannot fire, by id, each cause with its store."""
    found: dict[str, list[tuple[str, Cause]]] = defaultdict(list)
    for stop in stops:
        for campaign in set(campaigns).intersection(stop.campaigns):
            found[campaign] += [(stop.store, cause) for cause in stop.causes]
    return found


def _worries(session: Session, campaign: Campaign) -> list[tuple[str, Cause]]:
    if campaign.status != "live":
        return []
    query = select(EquipmentCondition).where(col(EquipmentCondition.state).in_(WORRYING))
    if campaign.trigger.zone is not None:
        query = query.where(EquipmentCondition.zone == campaign.trigger.zone)
    found = session.exec(query.order_by(col(EquipmentCondition.store), col(EquipmentCondition.id)))
    return [
        (one.store, Cause(one.kind, one.id, Condition(one.state, one.since_at), one.detail))
        for one in found
        if campaign.runs_in(one.store)
    ]


def _unreadable(broken: BrokenDocument, times: StoreTime) -> Unreadable:
    title = times.language.say(
        "Revision %(n)s does not read since %(when)s; revision %(runs)s runs instead",
        n=broken.revision,
        when=times.brief(broken.applied_at).text,
        runs=broken.runs,
    )
    return Unreadable(title, broken.problem)
