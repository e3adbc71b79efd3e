"""The delivery role: claims messages, hands each to its channel, settles what came back (ARCHITECTURE, law 3)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NoReturn

from sqlalchemy import Engine

from protocol.clock import Clock
from protocol.instants import SECOND, Instant
from store_server.db.session import reading, writing
from store_server.db.tables import Trial
from store_server.delivery.answer import Accepted, Answer, Misconfigured
from store_server.delivery.outbox import Claims, claim, next_work, settle
from store_server.delivery.port import Channel
from store_server.delivery.providers import note_providers
from store_server.delivery.recheck import Recheck
from store_server.delivery.sending import Handover, Sender
from store_server.delivery.trials import claim_trials, next_trial, settle_trial
from store_server.documents import Documents
from store_server.news import News

LOOK_AGAIN_MS: Instant = 5 * SECOND
"""What another process queued is found this late at most; what this one queued, or a backoff let go, at once."""
AT_ONCE = 200
"""Attempts under way: a push service that hangs for 10 s takes them all only from 20 messages a second on."""
BATCH = 50
"""Claimed in one transaction: other writers wait for it."""

log = logging.getLogger(__name__)


class Dispatcher:
    """One worker of the delivery role; any number may run on one database."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        channels: Mapping[str, Sequence[Channel]],
        messages: News,
        owner: str,
        at_once: int = AT_ONCE,
    ) -> None:
        """`channels`: for each of a campaign's channels, such as push, the ways that serve it."""
        self._engine, self._clock, self._messages, self._owner = engine, clock, messages, owner
        self._sender, self._documents = Sender(channels, clock), Documents()
        self._at_once, self._under_way = at_once, dict[asyncio.Task[None], Handover]()
        self._misconfigured: set[str] = set()
        self._next_at: Instant | None = None

    async def run(self) -> NoReturn:
        """Deliver until cancelled."""
        async with self._attempts() as group:
            while True:
                news = self._messages.turn()
                if not await self._begin(group):
                    await self._wait(news)
                await self._settle_ended()

    async def round(self) -> int:
        """Work once through what is due; return how many messages moved."""
        async with self._attempts() as group:
            moved = await self._begin(group)
            while self._under_way:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
                await self._settle_ended()
            return moved

    @asynccontextmanager
    async def _attempts(self) -> AsyncIterator[asyncio.TaskGroup]:
        """Open a group for attempts; when it is cancelled, what they were told by then is settled."""
        try:
            async with asyncio.TaskGroup() as group:
                yield group
        finally:
            await self._settle_all(list(self._under_way))

    async def _begin(self, group: asyncio.TaskGroup) -> int:
        """Begin attempts while there is room; return how many messages moved."""
        room = self._at_once - len(self._under_way)
        if not room:
            return 0
        claims = await asyncio.to_thread(self._claim, min(room, BATCH))
        self._next_at = claims.next_at
        for one in claims.claimed:
            handover = Handover(one)
            task = group.create_task(self._sender.hand_over(handover), name=f"deliver {one.row.id}")
            self._under_way[task] = handover
        return claims.ended + len(claims.claimed)

    async def _wait(self, news: asyncio.Event) -> None:
        """Wait until an attempt ends or, where there is room, something may be claimed."""
        if len(self._under_way) >= self._at_once:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            return
        until = self._clock.now() + LOOK_AGAIN_MS
        if self._next_at is not None:
            until = min(until, self._next_at)
        async with asyncio.TaskGroup() as group:
            sleeping = group.create_task(self._clock.sleep_until(until), name="delivery sleeps")
            woken = group.create_task(news.wait(), name="delivery listens")
            await asyncio.wait((sleeping, woken, *self._under_way), return_when=asyncio.FIRST_COMPLETED)
            sleeping.cancel()
            woken.cancel()

    async def _settle_ended(self) -> None:
        await self._settle_all([task for task in self._under_way if task.done()])

    async def _settle_all(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Settle together what these attempts were told."""
        if tasks:
            results = [self._under_way.pop(task) for task in tasks]
            await asyncio.to_thread(self._settle, results)

    def _claim(self, room: int) -> Claims:
        with reading(self._engine) as session:
            waiting = [at for at in (next_work(session), next_trial(session)) if at is not None]
            next_at = min(waiting, default=None)
            if next_at is None or next_at > self._clock.now():
                return Claims((), 0, next_at)
            self._documents.campaigns(session)  # read here, so that nothing is parsed under the write lock
        with writing(self._engine) as session:
            now = self._clock.now()  # not before: the wait for other writers may outlast a deadline
            recheck = Recheck(session, self._documents, self._sender.collapsing, now)
            trials = claim_trials(session, self._owner, room, now)
            return trials + claim(session, self._owner, recheck, room - len(trials.claimed), now)

    def _settle(self, results: Sequence[Handover]) -> None:
        with writing(self._engine) as session:
            now = self._clock.now()
            for result in results:
                row = result.claimed.row
                write_down = settle_trial if isinstance(row, Trial) else settle
                collapses = row.channel in self._sender.collapsing
                write_down(session, result.claimed, result.answers, collapses, now)
            note_providers(session, self._sender.by_provider(results), now)
        for result in results:
            self._tell(result.claimed.row.channel, result.answers)

    def _tell(self, channel: str, answers: Sequence[Answer]) -> None:
        """Log once when a channel turns out misconfigured, and once when it works again."""
        for answer in answers:
            if isinstance(answer, Misconfigured) and channel not in self._misconfigured:
                self._misconfigured.add(channel)
                log.error("channel %s is misconfigured: %s", channel, answer.why)
            elif isinstance(answer, Accepted) and channel in self._misconfigured:
                self._misconfigured.discard(channel)
                log.info("channel %s works again", channel)
