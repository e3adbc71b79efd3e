"""A clock that only a test moves (protocol.clock)."""

import asyncio
import heapq
import itertools

from protocol.instants import Instant

START = 1_793_527_200_000
"""2026-11-01T10:00:00Z."""
TURNS = 25
"""Turns of the event loop after which, in practice, everything woken has gone to wait for something else."""


class ManualClock:
    """Stands still until `pass_ms`, which stops at every instant somebody sleeps until."""

    def __init__(self, start: Instant = START) -> None:
        self._now = start
        self._order = itertools.count()
        self._sleepers: list[tuple[Instant, int, asyncio.Future[None]]] = []

    def now(self) -> Instant:
        return self._now

    async def sleep_until(self, at: Instant) -> None:
        if at <= self._now:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (at, next(self._order), woken))
        await woken

    async def settle(self) -> None:
        """Let everything that can run now run."""
        for _ in range(TURNS):
            await asyncio.sleep(0)

    async def pass_ms(self, span_ms: Instant) -> None:
        """Move on, waking sleepers at their own instants."""
        end = self._now + span_ms
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            self._now, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)
                await self.settle()
        self._now = end
        await self.settle()

    def go(self, to: Instant) -> None:
        """Be at `to` at once; who slept until then runs when the loop next turns."""
        self._now = max(self._now, to)
        while self._sleepers and self._sleepers[0][0] <= to:
            woken = heapq.heappop(self._sleepers)[2]
            if not woken.done():
                woken.set_result(None)
