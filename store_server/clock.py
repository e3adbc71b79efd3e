"""The wall clock behind protocol.clock.Clock."""

import asyncio
import time

from protocol.instants import SECOND, Instant

LOOK_AGAIN_S = 1.0
"""The wall clock may be stepped while we sleep, so one long sleep is not to be trusted."""


class WallClock:
    """UTC as the machine has it; sleeps on the event loop."""

    def now(self) -> Instant:
        return time.time_ns() // 1_000_000

    async def sleep_until(self, at: Instant) -> None:
        left = at - self.now()
        while left > 0:
            await asyncio.sleep(min(left / SECOND, LOOK_AGAIN_S))
            left = at - self.now()
