"""One radio kept hearing, in virtual time: deafness noticed, ladder climbed, truth told (issue of the gateway, FIELD-NOTES)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from gateway.errors import RadioFault
from gateway.health import Pulse, adapter_health
from gateway.hearing import RADIO_DEAD_MS, Hearing
from gateway.radio.port import Advertisement, Hear, Step
from gateway.radio.simulated import SimulatedRadio
from protocol.instants import SECOND
from tests.fakes.clock import ManualClock


class Scripted(SimulatedRadio):
    """A simulated radio that is mended by one step only, and remembers what was done to it."""

    steps: Sequence[Step] = (Step.RESCAN, Step.NEW_SCANNER, Step.POWER_CYCLE)

    def __init__(self, clock: ManualClock, cure: Step | None = None) -> None:
        super().__init__(clock, "hci0")
        self.cure = cure
        self.opened = 0

    async def open(self, hear: Hear) -> None:
        self.opened += 1
        await super().open(hear)

    async def take(self, step: Step) -> None:
        if step is self.cure:
            self.mend()
        else:
            await super().take(step)


@asynccontextmanager
async def listening(
    radio: Scripted, clock: ManualClock, hear: Hear = lambda _: None
) -> AsyncIterator[Hearing]:
    hearing = Hearing(radio, clock, hear)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(hearing.run())
        await clock.settle()
        yield hearing
        task.cancel()


async def play(clock: ManualClock, radio: Scripted, seconds: int) -> None:
    for _ in range(seconds):
        radio.air(b"", -60)
        await clock.pass_ms(SECOND)


async def test_it_hears_and_takes_no_step() -> None:
    clock = ManualClock()
    radio = Scripted(clock)
    async with listening(radio, clock) as hearing:
        await play(clock, radio, 600)
        assert (hearing.reason, list(hearing.steps), hearing.heard) == (None, [], 600)


async def test_one_report_in_ten_seconds_is_enough() -> None:
    clock = ManualClock()
    radio = Scripted(clock)
    async with listening(radio, clock) as hearing:
        for _ in range(60):
            radio.air(b"", -60)
            await clock.pass_ms(10_500)
        assert (hearing.reason, list(hearing.steps)) == (None, [])


async def test_gaps_between_the_windows_of_a_newer_bluez_are_no_silence() -> None:
    clock = ManualClock()
    radio = Scripted(clock)
    async with listening(radio, clock) as hearing:
        for _ in range(40):
            await play(clock, radio, 10)
            await clock.pass_ms(5 * SECOND)
        assert (hearing.reason, list(hearing.steps)) == (None, [])


async def test_silence_is_healed_by_the_rung_that_helps_before_anybody_is_told() -> None:
    clock = ManualClock()
    radio = Scripted(clock, cure=Step.POWER_CYCLE)
    async with listening(radio, clock) as hearing:
        await play(clock, radio, 60)
        radio.fail("the chip is stuck")
        told = False
        for _ in range(80):
            await play(clock, radio, 1)
            told = told or hearing.dead(clock.now())
        assert (hearing.reason, told) == (None, False)
        assert [taken.step for taken in hearing.steps] == [Step.RESCAN, Step.NEW_SCANNER, Step.POWER_CYCLE]


async def test_a_silence_without_a_known_cause_is_noticed_after_30_s() -> None:
    clock = ManualClock()
    radio = Scripted(clock)
    async with listening(radio, clock) as hearing:
        await play(clock, radio, 10)
        await clock.pass_ms(28 * SECOND)
        assert hearing.reason is None
        await clock.pass_ms(2 * SECOND)
        assert [taken.reason for taken in hearing.steps] == ["no advertisement for 30 s"]


async def test_deafness_that_stays_is_told_within_90_s_and_hearing_again_ends_it() -> None:
    clock = ManualClock()
    radio = Scripted(clock)
    async with listening(radio, clock) as hearing:
        await play(clock, radio, 10)
        radio.fail("hci0 is gone")
        for _ in range(89):
            await clock.pass_ms(SECOND)
        assert hearing.dead(clock.now() + SECOND)
        await clock.pass_ms(600 * SECOND)
        assert "hci0 is gone" in (hearing.reason or "")
        radio.mend()
        await clock.settle()
        await play(clock, radio, 1)
        assert (hearing.reason, hearing.dead(clock.now())) == (None, False)


async def test_a_radio_that_never_heard_anything_is_dead_after_90_s() -> None:
    clock = ManualClock()
    radio = Scripted(clock)
    async with listening(radio, clock) as hearing:
        await clock.pass_ms(RADIO_DEAD_MS)
        assert hearing.dead(clock.now())


async def test_a_listener_that_raises_is_named_and_does_not_count_as_hearing() -> None:
    clock = ManualClock()
    radio = Scripted(clock)

    def broken(_: Advertisement) -> None:
        raise ZeroDivisionError("bug")

    async with listening(radio, clock, broken) as hearing:
        await play(clock, radio, 90)
        assert hearing.dead(clock.now())
        assert hearing.reason is not None
        assert "ZeroDivisionError" in hearing.reason


async def test_news_of_the_adapter_cuts_the_pause_short() -> None:
    clock = ManualClock()
    radio = Scripted(clock)
    radio.fail("no adapter hci0")
    async with listening(radio, clock) as hearing:
        await clock.pass_ms(300 * SECOND)
        opened = radio.opened
        radio.mend()
        await clock.settle()
        assert radio.opened == opened + 1
        assert radio.air(b"", -60)
        assert hearing.reason is None


async def test_an_operators_rescan_is_a_step_with_its_reason() -> None:
    clock = ManualClock()
    radio = Scripted(clock)
    async with listening(radio, clock) as hearing:
        await play(clock, radio, 5)
        hearing.ask("asked for by command c-1")
        await clock.settle()
        assert [(taken.step, taken.reason) for taken in hearing.steps] == [
            (Step.RESCAN, "asked for by command c-1")
        ]
        assert radio.opened == 2


@pytest.mark.parametrize("step", list(Step))
async def test_a_step_that_fails_adds_its_own_reason(step: Step) -> None:
    clock = ManualClock()
    radio = Scripted(clock)
    radio.fail("stuck")
    with pytest.raises(RadioFault, match=f"{step} does not help: stuck"):
        await radio.take(step)


class OneReport(Scripted):
    """A hung chip: one report after each start of a scan, then nothing."""

    async def open(self, hear: Hear) -> None:
        await super().open(hear)
        self.air(b"", -60)


async def test_one_report_after_each_rescan_is_no_healing() -> None:
    clock = ManualClock()
    radio = OneReport(clock)
    async with listening(radio, clock) as hearing:
        for _ in range(5 * 60):
            await clock.pass_ms(SECOND)
        steps = [taken.step for taken in hearing.steps]
        assert steps[:3] == [Step.RESCAN, Step.NEW_SCANNER, Step.POWER_CYCLE]


async def test_a_radio_that_falls_silent_after_each_rescan_stays_deaf_until_it_has_heard_for_a_minute() -> (
    None
):
    clock = ManualClock()
    radio = OneReport(clock)
    async with listening(radio, clock) as hearing:
        for second in range(5 * 60):
            await clock.pass_ms(SECOND)
            told = adapter_health(hearing, Pulse(), 0)
            assert told.state == ("deaf" if second >= 29 else "hearing")
        await play(clock, radio, 100)
        assert (hearing.reason, hearing.dead(clock.now())) == (None, False)


async def test_after_a_minute_of_hearing_the_ladder_begins_anew() -> None:
    clock = ManualClock()
    radio = Scripted(clock)
    async with listening(radio, clock) as hearing:
        for _ in range(3):
            await play(clock, radio, 70)
            for _ in range(31):
                await clock.pass_ms(SECOND)
        assert [taken.step for taken in hearing.steps] == [Step.RESCAN] * 3
