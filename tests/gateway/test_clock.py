"""What a gateway knows of true time."""

import time

from gateway.clock import KernelTime
from protocol.instants import HOUR
from tests.fakes.clock import ManualClock


async def test_true_time_that_was_known_is_kept_when_the_kernel_takes_it_back() -> None:
    clock, synchronised = ManualClock(), [False]
    true_time = KernelTime(clock, lambda: synchronised[0])
    assert true_time.offset_ms() is None
    synchronised[0] = True
    known = true_time.offset_ms()
    assert known is not None
    assert abs(known - (time.time_ns() // 1_000_000 - clock.now())) < 60_000
    synchronised[0] = False
    await clock.pass_ms(10 * HOUR)
    assert true_time.offset_ms() == known
