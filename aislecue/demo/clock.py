"""Two clocks for a store in one process: one that is stepped by hand, one that runs fast (protocol.clock, docs/architecture.md)."""

import asyncio
import heapq
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from protocol.instants import Instant


class PacedClock:
    """The wall clock run `speed` times as fast, from an instant of one's choice."""

    def __init__(self, start: Instant, speed: float) -> None:
        self._start, self._speed = start, speed
        self._began_s = time.monotonic()

    def now(self) -> Instant:
        # From any thread: pages are read in a pool of them.
        elapsed_s = time.monotonic() - self._began_s
        return self._start + int(elapsed_s * 1000 * self._speed)

    async def sleep_until(self, at: Instant) -> None:
        while (left_ms := at - self.now()) > 0:
            await asyncio.sleep(left_ms / 1000 / self._speed)


@dataclass(order=True, slots=True)
class _Sleeper:
    at: Instant
    turn: int
    woken: "asyncio.Future[None]" = field(compare=False)
    task: "asyncio.Task[Any] | None" = field(compare=False)


class SteppedClock:
    """Time that stands still until `move`; it knows who it has woken and who has not yet gone back to sleep.

    A task that slept here counts as awake from its waking until it sleeps here again or ends. When nobody is awake,
    everything that this instant asked for has been started, and a step may wait for what is still under way elsewhere.
    """

    def __init__(self, start: Instant) -> None:
        self._now = start
        self._sleepers: list[_Sleeper] = []
        self._turns = itertools.count()
        self._awake: set[asyncio.Task[Any]] = set()

    def now(self) -> Instant:
        return self._now

    async def sleep_until(self, at: Instant) -> None:
        task = asyncio.current_task()
        if at <= self._now:
            await asyncio.sleep(0)
            return
        if task is not None:
            self._awake.discard(task)
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, _Sleeper(at, next(self._turns), woken, task))
        await woken

    def next_waking(self) -> Instant | None:
        """Return the earliest instant somebody waits for."""
        while self._sleepers and self._sleepers[0].woken.done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0].at if self._sleepers else None

    def move(self, to: Instant) -> None:
        """Move to `to` without waking anybody: what happens at this instant comes before who waited for it."""
        if to < self._now:
            raise ValueError(f"an instant from {self._now} on expected, got {to}")
        self._now = to

    def wake(self) -> None:
        """Wake whoever waits for an instant up to now."""
        while (due := self.next_waking()) is not None and due <= self._now:
            sleeper = heapq.heappop(self._sleepers)
            sleeper.woken.set_result(None)
            if sleeper.task is not None:
                self._awake.add(sleeper.task)

    def awake(self) -> list[str]:
        """Name the tasks that this clock woke and that have neither ended nor gone back to sleep."""
        self._awake = {task for task in self._awake if not task.done()}
        return sorted(task.get_name() for task in self._awake)
