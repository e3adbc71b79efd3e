"""Weeks played again in the background, one at a time: what is asked for, how far it is, and the last results.

What a process counts it holds here, and in rows how far it is and what came of it: any other process shows the same.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from logging import getLogger
from threading import Lock

from sqlalchemy import Engine
from sqlmodel import Session, func, select

from campaigns.document import Campaign, read_campaign
from protocol.clock import Clock
from protocol.instants import HOUR, Instant
from protocol.plan import StorePlan
from store_server.db.scope import narrow, visible_stores
from store_server.db.session import reading, writing
from store_server.db.tables import CampaignRevision, PlanRevision
from store_server.reach.count import Reach, reach
from store_server.reach.kept import keep_begun, keep_end, keep_part, kept_count, read_found

FRESH_MS: Instant = HOUR
"""How long a result is shown before it is counted anew."""
REMEMBERED = 32
WAITING = 4
"""Counts at most asked for at a time: each waits in a thread for the one before it."""

STEPS_TOLD = 10
"""Of a count, for those who follow it from another process: each is a write."""

log = getLogger(__name__)


@dataclass(slots=True)
class Count:
    """One document's count: `found` when done, `failed` where it could not be done."""

    text: str
    plans: Sequence[StorePlan]
    others: Sequence[Campaign]
    asked_at: Instant
    part: float = 0
    found: Reach | None = None
    failed: bool = False
    key: str = ""
    """By which other processes find it."""

    @property
    def ended(self) -> bool:
        return self.failed or self.found is not None


class Counting:
    """What this process counts and has counted, by document and by what else runs."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._counts: OrderedDict[str, Count] = OrderedDict()
        self._list, self._one = Lock(), Lock()

    def key(self, session: Session, text: str) -> str:
        """Return what names a count: the document, what runs beside it, and whose stores."""
        version = [
            session.exec(select(func.count()).select_from(table)).one()
            for table in (PlanRevision, CampaignRevision)
        ]
        stores = sorted(visible_stores() or ())
        return sha256(repr((text, version, stores)).encode()).hexdigest()

    def look(self, key: str) -> Count | None:
        """Return a count of this process, or of another."""
        with self._list:
            own = self._counts.get(key)
        return self._elsewhere(key) if own is None else own

    def _elsewhere(self, key: str) -> Count | None:
        with reading(self._engine) as session:
            row = kept_count(session, key, self._clock.now())
            if row is None:
                return None
            found = None if row.found is None else read_found(row.found)
            return Count(row.text, (), (), row.asked_at, row.part, found, row.failed, key)

    def is_fresh(self, key: str, now: Instant) -> bool:
        """Say whether there is a count, or one under way, that will do."""
        return _will_do(self.look(key), now)

    def begin(self, key: str, count: Count) -> bool:
        """Take a count in, if there is none, or an old one; False where there is nothing to start, or too much waits."""
        with self._list:
            if _will_do(self._counts.get(key), count.asked_at):
                return False
            if sum(not one.ended for one in self._counts.values()) >= WAITING:
                return False
            count.key = key
            self._counts[key] = count
            self._counts.move_to_end(key)
            while len(self._counts) > REMEMBERED and next(iter(self._counts.values())).ended:
                self._counts.popitem(last=False)
        with writing(self._engine) as session:
            keep_begun(session, key, count.text, count.asked_at)
        return True

    def run(self, count: Count, stores: frozenset[str] | None) -> None:
        """Do a count that was begun; in a thread of its own."""
        narrow(stores)
        try:
            with self._one, reading(self._engine) as session:
                campaign = read_campaign(count.text, "campaign.yaml")
                count.found = reach(
                    session,
                    count.plans,
                    campaign,
                    count.others,
                    self._clock.now(),
                    lambda part: self._told(count, part),
                )
        except Exception:
            log.exception("a week could not be played again")
            count.failed = True
        with writing(self._engine) as session:
            keep_end(session, count.key, count.found)

    def _told(self, count: Count, part: float) -> None:
        before, count.part = count.part, part
        if int(part * STEPS_TOLD) > int(before * STEPS_TOLD):
            with writing(self._engine) as session:
                keep_part(session, count.key, part)


def _will_do(count: Count | None, now: Instant) -> bool:
    return count is not None and not count.failed and now - count.asked_at < FRESH_MS
