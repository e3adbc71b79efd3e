"""Ticks (APScheduler): retention, the fleet's silence check and its alerts, by whichever process holds the leader's lease.

Ticks only: what is due is computed from rows at the injected clock's now, so a tick too many or too late does no harm.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import Engine

from campaigns.thinning import gap_for
from protocol.clock import Clock
from protocol.instants import SECOND, Instant
from store_server.db.session import reading, writing
from store_server.documents import Documents
from store_server.fleet.alerts import PLAIN, Alerts, Telling, Watching
from store_server.fleet.levels import Reception
from store_server.fleet.silence import mark_silent_gateways
from store_server.lease import claim_lease
from store_server.privacy.retention import sweep
from store_server.privacy.thinning import thin
from store_server.store.port import Store

LEADER = "scheduler"
LEASE_MS: Instant = 60 * SECOND
"""A leader that died is replaced within this; it renews with every tick, every few seconds."""
SILENCE_EVERY_S = 5
WATCH_EVERY_MS: Instant = 10 * SECOND
"""Judging 20,000 beacons takes a good part of a second; a fault is told within a minute all the same."""
RECEPTION_EVERY_S = 60
RETENTION_EVERY_S = 600

log = logging.getLogger(__name__)


class Jobs:
    """What ticks; use `run`."""

    def __init__(
        self,
        database: Engine,
        store: Store,
        clock: Clock,
        owner: str,
        telling: Telling | None = None,
        watching: Watching = PLAIN,
    ) -> None:
        self._database, self._store, self._clock, self._owner = database, store, clock, owner
        self._alerts, self._reception = Alerts(database, telling, watching), Reception(database)
        self._documents = Documents()

    async def run(self) -> NoReturn:
        """Tick until cancelled."""
        # A tick late by any span still runs, and late ones run once: apscheduler would else skip them silently.
        scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        for seconds, job in (
            (SILENCE_EVERY_S, self.check_silence),
            (RECEPTION_EVERY_S, self.read_strengths),
            (RETENTION_EVERY_S, self.sweep),
        ):
            scheduler.add_job(self.tick, "interval", [job], seconds=seconds, name=job.__name__)
        scheduler.start()
        try:
            await self._watch_for_ever()
        finally:
            scheduler.shutdown(wait=False)

    async def _watch_for_ever(self) -> NoReturn:
        """Watch on the injected clock, by which pages tell how old a judgement is."""
        while True:
            try:
                await self.tick(self.watch)
            except Exception:
                log.exception("the fleet was not judged; pages say since when")
            await self._clock.sleep_until(self._clock.now() + WATCH_EVERY_MS)

    async def check_silence(self) -> None:
        now = self._clock.now()
        fallen = await self._store.transact(lambda tx: mark_silent_gateways(tx, now))
        if fallen:
            log.warning("%d gateways fell silent", fallen)

    async def watch(self) -> None:
        await self._alerts.look(self._clock.now())

    async def read_strengths(self) -> None:
        await asyncio.to_thread(self._reception.look, self._clock.now())

    async def sweep(self) -> None:
        await asyncio.to_thread(self._sweep)

    def _sweep(self) -> None:
        self._thin()
        with writing(self._database) as session:
            plans = self._documents.plans(session).values()
            removed = sweep(session, self._clock.now(), plans)
        gone = {table: rows for table, rows in removed.items() if rows}
        if gone:
            log.info("retention removed %s", gone)

    def _thin(self) -> None:
        with reading(self._database) as session:
            gap = gap_for(plan.policy for plan in self._documents.plans(session).values())
        thinned: int | None = 0
        while thinned is not None:
            with writing(self._database) as session:
                thinned = thin(session, self._clock.now(), gap)

    async def tick(self, job: Callable[[], Awaitable[None]]) -> None:
        """Do a job, where this process leads or nobody does."""
        if await asyncio.to_thread(self._leads):
            await job()

    def _leads(self) -> bool:
        with writing(self._database) as session:
            return claim_lease(session, LEADER, self._owner, self._clock.now(), LEASE_MS) is not None
