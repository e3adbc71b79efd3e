"""One message's trouble is no other's: addresses that make us stumble, services that hang, a worker that is stopped."""

import asyncio
from functools import partial

import pytest

from protocol.instants import Instant
from store_server.delivery.answer import Answer
from store_server.delivery.port import Address, Message
from tests.eventually import eventually
from tests.fakes.courier import Courier
from tests.store_server.delivery.waiting import FATE, FATES, SPENT, Hanging, add_phone, dispatcher
from tests.store_server.shop import Shop, line


class Odd(Courier):
    """Cannot name the host of Ann's phone."""

    async def send(self, message: Message, address: Address, now: Instant) -> Answer:
        answer = await super().send(message, address, now)
        if address.install == "phone-1":
            raise UnicodeError("label empty or too long")
        return answer


async def queue_for_bob(shop: Shop) -> None:
    """Queue a second message, now."""
    shop.write(lambda session: add_phone(session, "bob", "phone-2"))
    await shop.sight("bob", line("b", shop.clock.now() - 91_000, kind="enter"))
    await shop.go(3)


async def test_an_address_that_makes_us_stumble_is_that_message_s_trouble_alone(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    worker = dispatcher(shop, Odd())
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        running = group.create_task(worker.run())
        await eventually(lambda: shop.rows(FATE) == [("queued", "no-answer", 1)])
        await queue_for_bob(shop)
        await eventually(lambda: shop.rows(FATES) == [("ann", "queued"), ("bob", "accepted")])
        running.cancel()

    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_a_push_service_that_hangs_holds_up_nobody_else(shop: Shop) -> None:
    worker = dispatcher(shop, Hanging())
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        running = group.create_task(worker.run())
        await eventually(lambda: shop.rows(FATES) == [("ann", "leased")])
        await queue_for_bob(shop)
        await eventually(lambda: shop.rows(FATES) == [("ann", "leased"), ("bob", "accepted")])
        running.cancel()


async def test_no_more_are_claimed_than_there_is_room_for(shop: Shop) -> None:
    courier, answered = Courier(), asyncio.Event()

    class Slow(Courier):
        async def send(self, message: Message, address: Address, now: Instant) -> Answer:
            await answered.wait()
            return await courier.send(message, address, now)

    await queue_for_bob(shop)
    worker = dispatcher(shop, Slow(), at_once=1)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        running = group.create_task(worker.run())
        await eventually(lambda: shop.rows(FATES) == [("ann", "leased"), ("bob", "queued")])
        await shop.clock.settle()
        assert shop.rows(FATES) == [("ann", "leased"), ("bob", "queued")]
        answered.set()
        await eventually(lambda: shop.rows(FATES) == [("ann", "accepted"), ("bob", "accepted")])
        running.cancel()


@pytest.mark.parametrize(
    ("phones", "fate"),
    [(["phone-1"], ("queued", "no-answer", 1)), (["phone-1", "phone-2"], ("accepted", None, 1))],
)
async def test_a_worker_that_is_stopped_settles_what_it_was_told(
    shop: Shop, phones: list[str], fate: tuple[object, ...]
) -> None:
    for phone in phones[1:]:
        shop.write(partial(add_phone, shopper="ann", install=phone))
    courier = Hanging()
    worker = dispatcher(shop, courier)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        running = group.create_task(worker.run())
        await eventually(lambda: len(courier.sent) == len(phones))
        running.cancel()

    assert shop.rows(FATE) == [fate]
    assert shop.rows(SPENT) == [(1,)]
    assert ("push.example", "unreachable") not in shop.rows("SELECT name, state FROM server_part")
