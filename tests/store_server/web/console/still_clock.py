"""A clock that stands until a test moves it; who sleeps wakes when it has been moved far enough."""

import asyncio

from protocol.instants import Instant


class StillClock:
    """Implements protocol.clock.Clock."""

    def __init__(self, now: Instant) -> None:
        self._now = now
        self._moved = asyncio.Condition()

    def now(self) -> Instant:
        return self._now

    async def sleep_until(self, at: Instant) -> None:
        async with self._moved:
            await self._moved.wait_for(lambda: self._now >= at)

    async def move(self, by_ms: Instant) -> None:
        async with self._moved:
            self._now += by_ms
            self._moved.notify_all()
