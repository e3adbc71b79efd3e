"""The engine: takes uploads in, and sleeps until the next timer or window is due. All it knows is in the database."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import NoReturn, TypeAlias

from protocol.clock import Clock
from protocol.instants import SECOND, Instant
from protocol.sighting import SightingLine
from store_server.engine.due import BATCH, Settled, settle_due, settle_shoppers
from store_server.engine.sightings import Taken, Upload, take_sightings
from store_server.engine.turn import Turn
from store_server.ids import NewId
from store_server.news import News
from store_server.rules import RunningRules
from store_server.store.errors import StoreError
from store_server.store.port import Store, Transaction

LOOK_AGAIN_MS: Instant = 5 * SECOND
"""What another process made due is found this late at most; what this one did, at once."""

PUT_OFF_MS: Instant = 60 * SECOND
"""How long a shopper whose state fails waits for the next try, and for whoever reads the log."""

log = logging.getLogger(__name__)
Chore: TypeAlias = Callable[[Transaction, Instant], object]


class Engine:
    """One worker on the database; what it is told to do is durable when the call returns."""

    def __init__(
        self, store: Store, rules: RunningRules, clock: Clock, new_id: NewId, first: Chore, messages: News
    ) -> None:
        """`first` is done at the start of every settling: what decisions lean on must be true by then."""
        self._store, self._rules, self._clock, self._new_id = store, rules, clock, new_id
        self._first, self._messages = first, messages
        self._earlier = asyncio.Event()
        self._sleeping_until: Instant | None = None

    async def take_sightings(self, shopper: str, install: str | None, lines: Sequence[SightingLine]) -> Taken:
        """Take an upload in; it is durable when this returns (SPEC 8, POST /v1/sightings)."""
        upload, now = Upload(shopper, install, lines), self._clock.now()

        def work(tx: Transaction) -> Taken:
            return take_sightings(tx, Turn(tx, self._rules, [shopper], now, self._new_id), upload)

        taken = await self._store.transact(work)
        self._tell(taken.messages)
        if taken.due_at is not None and (self._sleeping_until is None or taken.due_at < self._sleeping_until):
            self._earlier.set()
        return taken

    async def run(self) -> NoReturn:
        """Settle what falls due, until cancelled."""
        while True:
            self._earlier.clear()
            self._sleeping_until = (
                None  # until it is known, every upload with something due may be the earliest
            )
            next_due = await self.catch_up()
            horizon = self._clock.now() + LOOK_AGAIN_MS
            self._sleeping_until = horizon if next_due is None else min(next_due, horizon)
            await self._sleep(self._sleeping_until)

    async def catch_up(self) -> Instant | None:
        """Settle everything due by now; return when something is due next."""
        while True:
            settled = await self._settle_batch(self._clock.now())
            self._tell(settled.messages)
            if settled.shoppers == 0:
                return settled.next_due

    async def _settle_batch(self, now: Instant) -> Settled:
        def work(tx: Transaction) -> Settled:
            self._first(tx, now)
            return settle_due(tx, self._rules, now, self._new_id)

        try:
            return await self._store.transact(work)
        except StoreError:
            raise
        except Exception:
            log.exception("a batch of due shoppers failed: each is tried alone")
            return await self._settle_each(now)

    async def _settle_each(self, now: Instant) -> Settled:
        """Settle the due shoppers one by one: what is wrong with one of them must not stop the shop."""
        names = await self._store.transact(lambda tx: tx.due_shoppers(now, BATCH))
        messages = 0
        for name in names:
            try:
                messages += await self._store.transact(partial(self._settle_one, name, now))
            except StoreError:
                raise
            except Exception:
                log.exception("shopper %s is put off for %d s", name, PUT_OFF_MS // SECOND)
                await self._store.transact(partial(_put_off, name, now + PUT_OFF_MS))
        next_due = await self._store.transact(lambda tx: tx.next_due())
        return Settled(len(names), next_due, messages)

    def _settle_one(self, name: str, now: Instant, tx: Transaction) -> int:
        return settle_shoppers(tx, self._rules, now, self._new_id, [name])

    def _tell(self, messages: int) -> None:
        if messages:
            self._messages.tell()

    async def _sleep(self, until: Instant) -> None:
        """Sleep until an instant, or until an upload made something due earlier."""
        async with asyncio.TaskGroup() as group:
            sleeping = group.create_task(self._clock.sleep_until(until), name="engine sleeps")
            woken = group.create_task(self._earlier.wait(), name="engine listens")
            await asyncio.wait((sleeping, woken), return_when=asyncio.FIRST_COMPLETED)
            sleeping.cancel()
            woken.cancel()


def _put_off(name: str, due_at: Instant, tx: Transaction) -> None:
    tx.put_off(name, due_at)
