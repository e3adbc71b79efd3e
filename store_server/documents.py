"""Plans and campaigns as they run, for pages and ticks; a text is fetched and read once a revision, which never changes."""

import gc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns.document import Campaign, read_campaign
from protocol.errors import BadInput
from protocol.instants import Instant
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


@dataclass(frozen=True, slots=True)
class BrokenDocument:
    """The newest revision of a document, which does not read; an older one runs instead, where one is left."""

    id: str
    revision: int
    applied_at: Instant
    problem: str
    """With file and line, what was expected and what came."""
    runs: int | None
    """The revision that runs instead."""


class Documents:
    """Remembers what it read; one for each database. What does not read never takes the others down."""

    def __init__(self) -> None:
        self._plans = _Kept(PlanRevision, "store", plan_of)
        self._campaigns = _Kept(CampaignRevision, "campaign", campaign_of)

    def plans(self, session: Session) -> dict[str, StorePlan]:
        """Return every store's running plan by id."""
        return {name: plan for name, (_, plan) in self._plans.read(session).good.items()}

    def campaigns(self, session: Session) -> dict[str, RunningCampaign]:
        """Return every campaign as it runs, by id."""
        found = self._campaigns.read(session).good
        return {name: RunningCampaign(campaign, revision) for name, (revision, campaign) in found.items()}

    def broken_plans(self, session: Session) -> dict[str, BrokenDocument]:
        """Return the stores whose newest plan does not read, by id."""
        return dict(self._plans.read(session).broken)

    def broken_campaigns(self, session: Session) -> dict[str, BrokenDocument]:
        """Return the campaigns whose newest revision does not read, by id."""
        return dict(self._campaigns.read(session).broken)


@dataclass(frozen=True, slots=True)
class _Read(Generic[T]):
    """What one reading found: by id the newest revision, the last one that reads, and what is wrong with the newest."""

    newest: Mapping[str, int]
    good: Mapping[str, tuple[int, T]]
    broken: Mapping[str, BrokenDocument]


class _Kept(Generic[T]):
    """Documents of one table, each fetched and parsed once a revision."""

    def __init__(self, table: Any, key: str, parse: Callable[[str, str], T]) -> None:
        self._table, self._key, self._parse = table, key, parse
        self._kept: _Read[T] = _Read({}, {}, {})

    def read(self, session: Session) -> _Read[T]:
        name = getattr(self._table, self._key)
        query = select(name, func.max(self._table.revision)).group_by(name).order_by(name)
        newest: dict[str, int] = dict(session.exec(query).all())
        before, good, broken, fetched = self._kept, {}, {}, 0
        for key, revision in newest.items():
            if before.newest.get(key) == revision:
                found, fault = before.good.get(key), before.broken.get(key)
            else:
                (found, fault), fetched = self._fetch(session, key), fetched + 1
            if found is not None:
                good[key] = found
            if fault is not None:
                broken[key] = fault
        self._kept = kept = _Read(newest, good, broken)
        if fetched >= A_CHAIN:
            gc.collect()
            gc.freeze()
        return kept

    def _fetch(self, session: Session, key: str) -> tuple[tuple[int, T] | None, BrokenDocument | None]:
        """Return the last revision that reads, and what is wrong with the newest where that is another."""
        fault: BrokenDocument | None = None
        for row in self._revisions(session, key):
            try:
                good = row.revision, self._parse(row.text, f"{key}, revision {row.revision}")
            except BadInput as problem:
                if fault is None:
                    fault = BrokenDocument(key, row.revision, row.applied_at, str(problem.problems[0]), None)
            else:
                return good, fault and replace(fault, runs=row.revision)
        return None, fault

    def _revisions(self, session: Session, key: str) -> Iterator[Any]:
        """Yield a document's revisions, the newest first; nearly always one is enough."""
        table = self._table
        own = select(table).where(getattr(table, self._key) == key)
        newest_first = own.order_by(col(table.revision).desc()).limit(1)
        row = session.exec(newest_first).first()
        while row is not None:
            yield row
            row = session.exec(newest_first.where(table.revision < row.revision)).first()
