"""Plans and campaigns as they run, for pages and ticks; a text is fetched and read once a revision, which never changes."""

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import func
from sqlmodel import Session, select

from campaigns.document import Campaign, read_campaign
from protocol.errors import BadInput
from protocol.plan import StorePlan, read_plan
from store_server.db.tables import CampaignRevision, PlanRevision

T = TypeVar("T")

A_CHAIN = 50
"""So many documents read at once are a start over a whole chain: from then on the collector passes them over, since
walking 20,000 beacons made a page in a hundred wait a quarter of a second."""


KNOWN_PLANS, KNOWN_CAMPAIGNS = 1_024, 4_096
"""Texts remembered as read, so that judging a set reads only what is new in it: 10,000 beacons take seconds."""


def plan_of(text: str, source: str) -> StorePlan:
    """Return a plan, read once however often it is asked for. Raises BadInput."""
    try:
        return _plan_of(text)
    except BadInput:
        return read_plan(text, source)  # its problems name the file


def campaign_of(text: str, source: str) -> Campaign:
    """Return a campaign, read once however often it is asked for. Raises BadInput."""
    try:
        return _campaign_of(text)
    except BadInput:
        return read_campaign(text, source)


@lru_cache(maxsize=KNOWN_PLANS)
def _plan_of(text: str) -> StorePlan:
    return read_plan(text, "plan")


@lru_cache(maxsize=KNOWN_CAMPAIGNS)
def _campaign_of(text: str) -> Campaign:
    return read_campaign(text, "campaign")


@dataclass(frozen=True, slots=True)
class RunningCampaign:
    """A campaign with the revision that runs."""

    campaign: Campaign
    revision: int


class Documents:
    """Remembers what it read; one for each database."""

    def __init__(self) -> None:
        self._plans = _Kept(PlanRevision, "store", plan_of)
        self._campaigns = _Kept(CampaignRevision, "campaign", campaign_of)

    def plans(self, session: Session) -> dict[str, StorePlan]:
        """Return every store's running plan by id."""
        return {name: plan for name, (_, plan) in self._plans.read(session).items()}

    def campaigns(self, session: Session) -> dict[str, RunningCampaign]:
        """Return every campaign as it runs, by id."""
        found = self._campaigns.read(session)
        return {name: RunningCampaign(campaign, revision) for name, (revision, campaign) in found.items()}


class _Kept(Generic[T]):
    """The newest revision of each document of one table."""

    def __init__(self, table: Any, key: str, parse: Callable[[str, str], T]) -> None:
        self._table, self._key, self._parse = table, key, parse
        self._kept: Mapping[str, tuple[int, T]] = {}

    def read(self, session: Session) -> Mapping[str, tuple[int, T]]:
        name = getattr(self._table, self._key)
        newest = select(name, func.max(self._table.revision)).group_by(name).order_by(name)
        before, kept, fetched = self._kept, {}, 0
        for key, revision in session.exec(newest):
            known = before.get(key)
            if known is None or known[0] != revision:
                known, fetched = self._fetch(session, key, revision), fetched + 1
            kept[key] = known
        self._kept = kept
        if fetched >= A_CHAIN:
            gc.collect()
            gc.freeze()
        return kept

    def _fetch(self, session: Session, key: str, revision: int) -> tuple[int, T]:
        text = session.get_one(self._table, (key, revision)).text
        return revision, self._parse(text, f"{key}, revision {revision}")
