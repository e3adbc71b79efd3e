"""The stepped clock stands still, wakes in order, and knows who is awake."""

import asyncio

import pytest

from aislecue.demo.clock import PacedClock, SteppedClock


async def test_time_moves_only_when_told() -> None:
    clock = SteppedClock(1_000)
    woken: list[int] = []

    async def wait_for(at: int) -> None:
        await clock.sleep_until(at)
        woken.append(at)

    async with asyncio.TaskGroup() as group:
        for at in (3_000, 2_000):
            group.create_task(wait_for(at))
        await asyncio.sleep(0)
        assert clock.next_waking() == 2_000
        clock.move(2_500)
        clock.wake()
        await asyncio.sleep(0)
        assert woken == [2_000]
        assert clock.now() == 2_500
        clock.move(3_000)
        clock.wake()
    assert woken == [2_000, 3_000]


async def test_whoever_was_woken_is_awake_until_it_sleeps_again_or_ends() -> None:
    clock = SteppedClock(0)
    working = asyncio.Event()

    async def loop() -> None:
        await clock.sleep_until(10)
        await working.wait()
        await clock.sleep_until(20)

    async with asyncio.TaskGroup() as group:
        group.create_task(loop(), name="loop")
        await asyncio.sleep(0)
        clock.move(10)
        clock.wake()
        await asyncio.sleep(0)
        assert clock.awake() == ["loop"]
        working.set()
        await asyncio.sleep(0)
        assert clock.awake() == []
        clock.move(20)
        clock.wake()
    assert clock.awake() == []


async def test_who_gave_up_waiting_is_not_waited_for() -> None:
    clock = SteppedClock(0)
    async with asyncio.TaskGroup() as group:
        sleeper = group.create_task(clock.sleep_until(10))
        await asyncio.sleep(0)
        sleeper.cancel()
    assert clock.next_waking() is None


async def test_time_does_not_go_back() -> None:
    clock = SteppedClock(5)
    with pytest.raises(ValueError, match="from 5 on expected, got 4"):
        clock.move(4)


async def test_the_paced_clock_runs_fast() -> None:
    clock = PacedClock(1_000_000, speed=1_000)
    async with asyncio.timeout(5):
        await clock.sleep_until(1_010_000)
    assert clock.now() >= 1_010_000
