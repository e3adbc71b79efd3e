"""How an hour passes: second by second on a stepped clock, as fast as it goes, or on a paced one for people to watch."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from aislecue.demo.clock import PacedClock, SteppedClock
from aislecue.demo.push_service import PushService
from aislecue.demo.settling import Ask, settle
from aislecue.demo.shopper import Shopper
from aislecue.demo.world import World
from gateway.radio.simulated import SimulatedRadio
from protocol.clock import Clock
from protocol.frame import build_ibeacon
from protocol.instants import SECOND, Instant

PHONES_AFTER_MS = 250
"""Phones perceive a quarter second after gateways: at one instant the rules take presence before sightings (SPEC 5)."""


class Store:
    """The air and everybody in it, over real radios, phones and a real server."""

    def __init__(
        self,
        world: World,
        radios: Mapping[str, SimulatedRadio],
        shoppers: Sequence[Shopper],
        push_service: PushService,
    ) -> None:
        self._world, self._radios = world, radios
        self._shoppers, self._push_service = shoppers, push_service

    def put_on_air(self, now: Instant) -> None:
        """Let every gateway's radio hear the frames of the second that ends now."""
        for frame in self._world.gateways_hear(now):
            payload = build_ibeacon(frame.identity, frame.measured_power_dbm)
            self._radios[frame.gateway].air(payload, frame.rssi_dbm)

    async def perceive(self, now: Instant) -> None:
        """Let every phone that is about perceive its second; returns when all are answered."""
        about = [shopper for shopper in self._shoppers if shopper.is_about(now)]
        async with asyncio.TaskGroup() as group:
            for shopper in about:
                group.create_task(self._second_of(shopper), name=shopper.visitor.name)

    async def read_pushes(self) -> None:
        """Let every phone show what has arrived; returns when all receipts are answered."""
        async with asyncio.TaskGroup() as group:
            for shopper in self._shoppers:
                if shopper.has_push:
                    group.create_task(shopper.read_pushes(), name=shopper.visitor.name)

    async def _second_of(self, shopper: Shopper) -> None:
        if shopper.phone.config is None:
            await shopper.opt_in(self._push_service)
        await shopper.perceive(self._world)


async def step_through(
    store: Store,
    clock: SteppedClock,
    until: Instant,
    busy: Sequence[Ask],
    progress: Callable[[Instant], None],
) -> None:
    """Live until an instant, each instant to its end before the next begins."""
    while clock.now() < until:
        second = clock.now() - clock.now() % SECOND + SECOND
        await _wake_until(clock, second, busy)
        clock.move(second)
        store.put_on_air(second)
        clock.wake()
        await settle(clock, busy)
        await _wake_until(clock, second + PHONES_AFTER_MS, busy)
        clock.move(second + PHONES_AFTER_MS)
        # Before anybody is woken: what is perceived at the very end of a window still takes part in it (SPEC 5).
        await store.perceive(clock.now())
        clock.wake()
        await settle(clock, busy)
        await store.read_pushes()
        progress(second)


async def _wake_until(clock: SteppedClock, before: Instant, busy: Sequence[Ask]) -> None:
    """Stop at every instant before `before` that somebody waits for."""
    while (waking := clock.next_waking()) is not None and waking < before:
        clock.move(max(waking, clock.now()))
        clock.wake()
        await settle(clock, busy)


async def run_paced(store: Store, clock: PacedClock, until: Instant) -> None:
    """Live until an instant, at the clock's pace."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_air_paced(store, clock, until), name="the air")
        group.create_task(_phones_paced(store, clock, until), name="the phones")


async def _air_paced(store: Store, clock: Clock, until: Instant) -> None:
    second = clock.now()
    while second < until:
        second = max(second + SECOND, clock.now())
        await clock.sleep_until(second)
        store.put_on_air(second)


async def _phones_paced(store: Store, clock: Clock, until: Instant) -> None:
    second = clock.now()
    while second < until:
        second = max(second + SECOND, clock.now())
        await clock.sleep_until(second)
        await store.perceive(second)
        await store.read_pushes()
