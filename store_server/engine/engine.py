"""The engine: takes uploads in, and sleeps until the next timer or window is due. All it knows is in the database."""

import asyncio
from collections.abc import Sequence
from typing import NoReturn

from campaigns.snapshot import Snapshot
from protocol.clock import Clock
from protocol.instants import SECOND, Instant
from protocol.sighting import SightingLine
from store_server.engine.due import Settled, settle_due
from store_server.rules import RunningRules
from store_server.engine.sightings import Taken, Upload, take_sightings
from store_server.engine.turn import Turn
from store_server.ids import NewId
from store_server.news import News
from store_server.store.port import Store, Transaction

LOOK_AGAIN_MS: Instant = 5 * SECOND
"""What another process made due is found this late at most; what this one did, at once."""


class Engine:
    """One worker on the database; what it is told to do is durable when the call returns."""

    def __init__(self, store: Store, clock: Clock, new_id: NewId, decided: News, messages: News) -> None:
        self._store, self._clock, self._new_id = store, clock, new_id
        self._decided, self._messages = decided, messages
        self._rules = RunningRules()
        self._earlier = asyncio.Event()
        self._sleeping_until: Instant | None = None

    @property
    def snapshot(self) -> Snapshot:
        """Return the rules last used."""
        return self._rules.snapshot

    async def take_sightings(self, shopper: str, install: str | None, lines: Sequence[SightingLine]) -> Taken:
        """Take an upload in; it is durable when this returns (SPEC 8, POST /v1/sightings)."""
        upload, now = Upload(shopper, install, lines), self._clock.now()

        def work(tx: Transaction) -> Taken:
            return take_sightings(tx, Turn(tx, self._rules, [shopper], now, self._new_id), upload)

        taken = await self._store.transact(work)
        self._tell(taken.decisions, taken.messages)
        if taken.due_at is not None and (self._sleeping_until is None or taken.due_at < self._sleeping_until):
            self._earlier.set()
        return taken

    async def run(self) -> NoReturn:
        """Settle what falls due, until cancelled."""
        while True:
            self._earlier.clear()
            next_due = await self.catch_up()
            horizon = self._clock.now() + LOOK_AGAIN_MS
            self._sleeping_until = horizon if next_due is None else min(next_due, horizon)
            await self._sleep(self._sleeping_until)

    async def catch_up(self) -> Instant | None:
        """Settle everything due by now; return when something is due next."""
        while True:
            now = self._clock.now()
            settled = await self._store.transact(lambda tx, now=now: self._settle(tx, now))  # type: ignore[misc]
            self._tell(settled.decisions, settled.messages)
            if settled.shoppers == 0:
                return settled.next_due

    def _settle(self, tx: Transaction, now: Instant) -> Settled:
        return settle_due(tx, self._rules, now, self._new_id)

    def _tell(self, decisions: int, messages: int) -> None:
        if decisions:
            self._decided.tell()
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
