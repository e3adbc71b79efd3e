"""Alerts kept in step with the fleet, and told: one message when something breaks, one when it is back.

A message is sent outside any transaction and noted after it: a server killed between the two sends it once more.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Engine
from sqlmodel import Session, col, or_, select
from starlette.concurrency import run_in_threadpool

from protocol.instants import SECOND, Instant
from protocol.plan import StorePlan
from store_server.db.session import reading, writing
from store_server.db.tables import Alert, AlertSilence
from store_server.documents import Documents
from store_server.fleet.budgets import spent_campaigns
from store_server.fleet.causes import stops
from store_server.fleet.chain import chain_health
from store_server.fleet.disk import note_disk
from store_server.fleet.health import all_healths
from store_server.fleet.kept import find_changes, keep_changes
from store_server.fleet.notices import Notice, Notices
from store_server.fleet.troubles import Subject, Surroundings, Trouble, troubles
from store_server.fleet.unsent import unsent_campaigns
from store_server.fleet.wording import Speaker

SETTLE_MS: Instant = 60 * SECOND
"""A server that has just started has heard nobody yet; to alarm sooner would call the whole fleet silent."""

STEADY_MS: Instant = 60 * SECOND
"""What is well again this long is back: a gateway that speaks now and then is one fault, not twenty. Twice its silence."""

log = logging.getLogger(__name__)


class Tell(Protocol):
    """Send a notice to whoever is to know; False: it did not go out, try again later."""

    async def __call__(self, notice: Notice) -> bool: ...


@dataclass(frozen=True, slots=True)
class Telling:
    """How operators are told: by which services, in which language."""

    tell: Tell
    speaker: Speaker


@dataclass(frozen=True, slots=True)
class Watching:
    """What else to look at: the room on the disk, and after how many hours a campaign that sends nothing is told (0: never)."""

    free_bytes: Callable[[], int] | None = None
    unsent_hours: int = 0


PLAIN = Watching()


class Alerts:
    """Watch the fleet; use `look` once every few seconds, in one process at a time. Without `telling` nothing is sent."""

    def __init__(self, database: Engine, telling: Telling | None, watching: Watching = PLAIN) -> None:
        self._database, self._telling, self._watching = database, telling, watching
        self._documents = Documents()
        self._since: Instant | None = None
        self._failing = False

    async def look(self, now: Instant) -> None:
        """Judge the fleet and keep what pages show of it; its alerts too, and tell what has not been told."""
        if self._since is None:
            self._since = now
        settled = now - self._since >= SETTLE_MS
        await run_in_threadpool(self._judge, now, settled)
        if settled and self._telling is not None:
            await self._tell_untold(self._telling, now)

    def _judge(self, now: Instant, settled: bool) -> None:
        documents, watching = self._documents, self._watching
        with reading(self._database) as session:
            campaigns = [one.campaign for one in documents.campaigns(session).values()]
            healths = all_healths(session, documents.plans(session), now)
            chain = chain_health(session, now)
            found = stops(healths, campaigns, now, spent_campaigns(session, campaigns), chain)
            changes = find_changes(session, healths, found)
            around = Surroundings(
                chain,
                documents.broken_plans(session),
                documents.broken_campaigns(session),
                unsent_campaigns(session, campaigns, watching.unsent_hours, now),
            )
        broken = troubles(healths, found, {one.id: one.name for one in campaigns}, around)
        with writing(self._database) as session:
            keep_changes(session, changes, now)
            if watching.free_bytes is not None:
                note_disk(session, watching.free_bytes(), now)
            if settled:
                keep(session, broken, now)

    async def _tell_untold(self, telling: Telling, now: Instant) -> None:
        broken, back, plans = await run_in_threadpool(self._untold, now)
        tell, words = telling.tell, Notices(telling.speaker, plans, now)
        sent = True
        if broken and (sent := await tell(words.broken(broken))):
            await run_in_threadpool(self._note, broken, "broken_told_at", now)
        if back and sent and (sent := await tell(words.back(back))):
            await run_in_threadpool(self._note, back, "back_told_at", now)
        if sent == self._failing:
            log.warning("alerts %s", "go out again" if sent else "do not go out: every look tries again")
            self._failing = not sent

    def _untold(self, now: Instant) -> tuple[list[Alert], list[Alert], Mapping[str, StorePlan]]:
        with reading(self._database) as session:
            quiet = silences(session, now)
            found = [one for one in untold(session) if not any(_covers(window, one) for window in quiet)]
            session.expunge_all()
            plans = self._documents.plans(session)
        broken = [one for one in found if one.back_at is None]
        return broken, [one for one in found if one.back_at is not None], plans

    def _note(self, told: Sequence[Alert], column: str, now: Instant) -> None:
        with writing(self._database) as session:
            for one in told:
                setattr(session.get_one(Alert, one.seq), column, now)


def keep(session: Session, found: Mapping[Subject, Trouble], now: Instant) -> None:
    """Open an alert for each new fault, bring the open ones up to date, end those that are steadily well."""
    still = {Subject(one.rule, one.store, one.name): one for one in open_alerts(session)}
    for subject, trouble in found.items():
        alert = still.get(subject)
        if alert is None:
            session.add(_opened(subject, trouble, now))
            continue
        alert.well_since = None
        if (alert.state, alert.detail, alert.why) != (trouble.state, trouble.detail, trouble.why):
            alert.state, alert.detail, alert.why = trouble.state, trouble.detail, trouble.why
    for subject, alert in still.items():
        if subject in found:
            continue
        if alert.well_since is None:
            alert.well_since = now
        if now - alert.well_since >= STEADY_MS:
            alert.back_at = alert.well_since


def open_alerts(session: Session) -> list[Alert]:
    """Return the faults that are still there, the newest first."""
    query = select(Alert).where(col(Alert.back_at).is_(None))
    return list(session.exec(query.order_by(col(Alert.broken_at).desc(), col(Alert.seq).desc())))


def untold(session: Session) -> list[Alert]:
    """Return alerts with a message to come; what was over before anybody heard of it needs none."""
    begun = col(Alert.back_at).is_(None) & col(Alert.broken_told_at).is_(None)
    ended = (
        col(Alert.back_at).is_not(None)
        & col(Alert.broken_told_at).is_not(None)
        & col(Alert.back_told_at).is_(None)
    )
    return list(session.exec(select(Alert).where(or_(begun, ended)).order_by(col(Alert.seq))))


def silences(session: Session, now: Instant) -> list[AlertSilence]:
    """Return the windows that are open now."""
    return [one for one in coming_silences(session, now) if one.from_at <= now]


def coming_silences(session: Session, now: Instant) -> list[AlertSilence]:
    """Return the windows that are open or will be, the first to end first."""
    query = select(AlertSilence).where(AlertSilence.until_at > now)
    return list(session.exec(query.order_by(col(AlertSilence.until_at))))


def _covers(window: AlertSilence, alert: Alert) -> bool:
    return window.store in (None, alert.store) and window.rule in (None, alert.rule)


def _opened(subject: Subject, trouble: Trouble, now: Instant) -> Alert:
    return Alert(
        rule=subject.rule,
        store=subject.store,
        name=subject.name,
        state=trouble.state,
        detail=trouble.detail,
        why=trouble.why,
        since_at=trouble.since,
        broken_at=now,
    )
