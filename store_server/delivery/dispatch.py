"""The delivery role: claims messages, hands each to its channel, settles what came back (ARCHITECTURE, law 3)."""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from sqlalchemy import Engine

from protocol.clock import Clock
from protocol.instants import SECOND, Instant
from store_server.db.session import reading, writing
from store_server.db.tables import Trial
from store_server.delivery.answer import Accepted, Answer, Misconfigured
from store_server.delivery.outbox import Claimed, Claims, claim, next_work, settle
from store_server.delivery.port import Channel
from store_server.delivery.providers import note_providers
from store_server.delivery.recheck import Recheck
from store_server.delivery.sending import Sender
from store_server.delivery.trials import claim_trials, next_trial, settle_trial
from store_server.documents import Documents
from store_server.news import News

LOOK_AGAIN_MS: Instant = 5 * SECOND
"""What another process queued is found this late at most; what this one queued, or a backoff let go, at once."""

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
    ) -> None:
        """`channels`: for each of a campaign's channels, such as push, the ways that serve it."""
        self._engine, self._clock, self._messages, self._owner = engine, clock, messages, owner
        self._sender, self._documents = Sender(channels, clock), Documents()
        self._misconfigured: set[str] = set()
        self._next_at: Instant | None = None

    async def run(self) -> NoReturn:
        """Deliver until cancelled."""
        while True:
            news = self._messages.turn()
            if not await self.round():
                await self._sleep(news)

    async def round(self) -> int:
        """Work once through what is due; return how many messages moved."""
        claims = await asyncio.to_thread(self._claim)
        self._next_at = claims.next_at
        if not claims.claimed:
            return claims.ended
        async with asyncio.TaskGroup() as group:
            attempts = [
                group.create_task(self._sender.attempt(one), name=f"deliver {one.row.id}")
                for one in claims.claimed
            ]
        results = [(one, attempt.result()) for one, attempt in zip(claims.claimed, attempts, strict=True)]
        await asyncio.to_thread(self._settle, results)
        return claims.ended + len(results)

    async def _sleep(self, news: asyncio.Event) -> None:
        """Sleep until something may be claimed, or this process queued a message."""
        until = self._clock.now() + LOOK_AGAIN_MS
        if self._next_at is not None:
            until = min(until, self._next_at)
        async with asyncio.TaskGroup() as group:
            sleeping = group.create_task(self._clock.sleep_until(until), name="delivery sleeps")
            woken = group.create_task(news.wait(), name="delivery listens")
            await asyncio.wait((sleeping, woken), return_when=asyncio.FIRST_COMPLETED)
            sleeping.cancel()
            woken.cancel()

    def _claim(self) -> Claims:
        with reading(self._engine) as session:
            waiting = [at for at in (next_work(session), next_trial(session)) if at is not None]
            next_at = min(waiting, default=None)
            if next_at is None or next_at > self._clock.now():
                return Claims((), 0, next_at)
            self._documents.campaigns(session)  # read here, so that nothing is parsed under the write lock
        with writing(self._engine) as session:
            now = self._clock.now()  # not before: the wait for other writers may outlast a deadline
            recheck = Recheck(session, self._documents, self._sender.collapsing, now)
            return claim(session, self._owner, recheck, now) + claim_trials(session, self._owner, now)

    def _settle(self, results: Sequence[tuple[Claimed, Sequence[Answer]]]) -> None:
        with writing(self._engine) as session:
            now = self._clock.now()
            for one, answers in results:
                write_down = settle_trial if isinstance(one.row, Trial) else settle
                write_down(session, one, answers, one.row.channel in self._sender.collapsing, now)
            note_providers(session, self._answered(results), now)
        for one, answers in results:
            self._tell(one.row.channel, answers)

    def _answered(self, results: Sequence[tuple[Claimed, Sequence[Answer]]]) -> Iterator[tuple[str, Answer]]:
        """Yield each answer with the provider that gave it."""
        for one, answers in results:
            for address, answer in zip(one.addresses, answers, strict=True):
                if provider := self._sender.provider(one.row, address):
                    yield provider, answer

    def _tell(self, channel: str, answers: Sequence[Answer]) -> None:
        """Log once when a channel turns out misconfigured, and once when it works again."""
        for answer in answers:
            if isinstance(answer, Misconfigured) and channel not in self._misconfigured:
                self._misconfigured.add(channel)
                log.error("channel %s is misconfigured: %s", channel, answer.why)
            elif isinstance(answer, Accepted) and channel in self._misconfigured:
                self._misconfigured.discard(channel)
                log.info("channel %s works again", channel)
