"""A gateway's time: steady from start to end, and what to add to it once true time is known (a Pi has no clock battery)."""

import asyncio
import ctypes
import functools
import logging
import os
import time
from collections.abc import Callable
from typing import Protocol

from protocol.clock import Clock
from protocol.instants import Instant

TIME_ERROR = 5
"""adjtimex(2): what it returns while nobody has set the clock."""
_TIMEX_BYTES = 512
"""More than any kernel's struct timex (208 on 64-bit); all zero asks without changing."""

log = logging.getLogger(__name__)


class TrueTime(Protocol):
    """What is known of true time."""

    def offset_ms(self) -> int | None:
        """Return what to add to the gateway's instants, or None while true time is not known."""
        ...


class Trusted:
    """For a clock that is true by itself, such as a demo's."""

    def offset_ms(self) -> int | None:
        return 0


class SteadyClock:
    """Wall clock at the start, monotonic from there: it never jumps when the wall clock is set."""

    def __init__(self) -> None:
        self._start = time.time_ns() // 1_000_000
        self._began = time.monotonic_ns()

    def now(self) -> Instant:
        return self._start + (time.monotonic_ns() - self._began) // 1_000_000

    async def sleep_until(self, at: Instant) -> None:
        while (left_ms := at - self.now()) > 0:
            await asyncio.sleep(left_ms / 1000)


def kernel_synchronised() -> bool:
    """Return whether somebody has set the clock; a kernel that refuses to say counts as no, and is told once."""
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)
    state: int = ctypes.CDLL(None, use_errno=True).adjtimex(buffer)
    if state < 0:
        _tell_refusal(ctypes.get_errno())
    return 0 <= state < TIME_ERROR


@functools.cache  # asked with every message: each refusal is told once a run
def _tell_refusal(error: int) -> None:
    log.warning("clock: the kernel refuses to say whether it is set (adjtimex: %s)", os.strerror(error))


class KernelTime:
    """True time is the wall clock's from the moment the kernel calls it synchronised (adjtimex).

    Without a time server the kernel takes that back after nine hours. What was known is kept: this clock never jumps,
    and drifts by seconds a day at most.
    """

    def __init__(self, clock: Clock, synchronised: Callable[[], bool] = kernel_synchronised) -> None:
        self._clock, self._synchronised = clock, synchronised
        self._offset_ms: int | None = None

    def offset_ms(self) -> int | None:
        if self._synchronised():
            self._offset_ms = time.time_ns() // 1_000_000 - self._clock.now()
        return self._offset_ms
