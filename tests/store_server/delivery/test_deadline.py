"""A message's deadline holds through every wait: it goes before it or not at all (SPEC 5)."""

import asyncio

import pytest

from protocol.instants import Instant
from store_server.db.session import open_database
from store_server.delivery.dispatch import Dispatcher
from tests.fakes.clock import ManualClock
from tests.fakes.courier import Courier
from tests.store_server.delivery.waiting import FATE, SPENT, Hanging, dispatcher
from tests.store_server.shop import OPENING, Shop


async def test_after_its_deadline_a_message_is_never_sent_and_gives_its_reservation_back(shop: Shop) -> None:
    courier = Courier()
    shop.clock.go(OPENING + 90_000 + 120_000)

    await dispatcher(shop, courier).round()

    assert courier.sent == []
    assert shop.rows(FATE) == [("expired", "deadline", 0)]
    assert shop.rows(SPENT) == [(0,)]


class Hurrying(ManualClock):
    """Moves on by as much at every look: what happens between two looks took that long."""

    def __init__(self, now: Instant, step_ms: Instant) -> None:
        super().__init__(now)
        self._step_ms = step_ms

    def now(self) -> Instant:
        seen = super().now()
        self.go(seen + self._step_ms)
        return seen


@pytest.mark.parametrize(("step_ms", "attempts"), [(1_000, 0), (600, 1)])
async def test_a_deadline_that_comes_while_others_write_or_before_the_post_is_kept(
    shop: Shop, step_ms: Instant, attempts: int
) -> None:
    courier = Courier()
    clock = Hurrying(OPENING + 90_000 + 120_000 - 1_000, step_ms)
    worker = Dispatcher(open_database(shop.database), clock, {"push": [courier]}, shop.messages, "worker-1")

    await worker.round()

    assert courier.sent == []
    assert shop.rows(FATE) == [("expired", "deadline", attempts)]
    assert shop.rows(SPENT) == [(0,)]


async def test_an_attempt_takes_no_longer_than_its_message_has_left(shop: Shop) -> None:
    shop.clock.go(OPENING + 90_000 + 120_000 - 1)
    courier = Hanging()

    async with asyncio.timeout(5):
        await dispatcher(shop, courier).round()

    assert len(courier.sent) == 1
    assert shop.rows(FATE) == [("dead", "no-answer", 1)]


async def test_a_moment_before_its_deadline_it_still_goes(shop: Shop) -> None:
    courier = Courier()
    shop.clock.go(OPENING + 90_000 + 120_000 - 1)

    await dispatcher(shop, courier).round()

    assert shop.rows(FATE) == [("accepted", None, 1)]
