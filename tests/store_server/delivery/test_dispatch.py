"""Delivery on a real database: what may still go, goes once; what may not gives its reservation back."""

import asyncio
import itertools

import pytest
from sqlmodel import Session, select

from store_server.db.tables import (
    CampaignRevision,
    Outbox,
    PushAddress,
    ShopperRow,
)
from store_server.delivery.answer import Accepted, Answer, Gone, Misconfigured, RetryAfter
from tests.eventually import eventually
from tests.fakes.courier import Courier
from tests.store_server.delivery.waiting import FATE, SPENT, add_phone, dispatcher
from tests.store_server.shop import HELP, OPENING, Shop, line, revision


async def test_a_message_is_handed_over_once(shop: Shop) -> None:
    courier = Courier()
    worker = dispatcher(shop, courier)

    assert await worker.round() == 1
    assert await worker.round() == 0

    message, address, _ = courier.sent[0]
    assert len(courier.sent) == 1
    assert (message.title, message.body, message.campaign) == ("Help", "Ask Anna.", "help")
    assert address.value == {"of": "phone-1"}
    assert shop.rows(FATE) == [("accepted", None, 1)]
    assert shop.rows(SPENT) == [(1,)]


async def test_two_workers_never_send_one_message_twice(shop: Shop) -> None:
    couriers = Courier(), Courier()
    workers = [dispatcher(shop, courier, f"worker-{k}") for k, courier in enumerate(couriers)]

    async with asyncio.TaskGroup() as group:
        for worker in workers:
            group.create_task(worker.round())

    assert sum(len(courier.sent) for courier in couriers) == 1


async def test_every_phone_of_the_shopper_gets_it_and_a_dead_one_is_not_asked_again(shop: Shop) -> None:
    shop.write(lambda session: add_phone(session, "ann", "phone-2"))
    courier = Courier(Gone(), Accepted())

    await dispatcher(shop, courier).round()

    assert [address.install for _, address, _ in courier.sent] == ["phone-1", "phone-2"]
    assert shop.rows(FATE) == [("accepted", None, 1)]
    assert shop.rows("SELECT install FROM push_address WHERE gone_at IS NOT NULL") == [("phone-1",)]


def change_consent(session: Session) -> None:
    session.get_one(ShopperRow, "ann").consent = {"proximity": True, "push": False}


def say_not_today(session: Session) -> None:
    session.get_one(ShopperRow, "ann").not_today_until = OPENING + 1_000_000


def pause(session: Session) -> None:
    session.add(revision(HELP.replace("status: live", "status: paused"), 2))


@pytest.mark.parametrize(
    ("change", "reason"),
    [(change_consent, "no_consent"), (say_not_today, "not_today"), (pause, "not_live")],
)
async def test_what_changed_since_the_decision_withdraws_the_message(
    shop: Shop, change: object, reason: str
) -> None:
    courier = Courier()
    shop.write(change)  # type: ignore[arg-type]

    await dispatcher(shop, courier).round()

    assert courier.sent == []
    assert shop.rows(FATE) == [("cancelled", reason, 0)]
    assert shop.rows(SPENT) == [(0,)]


@pytest.mark.parametrize(
    ("before", "fate"), [(HELP, ("accepted", None, 1)), ("", ("cancelled", "not_live", 0))]
)
async def test_a_campaign_s_revision_that_does_not_read_leaves_the_one_before(
    shop: Shop, before: str, fate: tuple[object, ...]
) -> None:
    unreadable = HELP.replace("after_s: 90", "after_s: soon")

    def spoil(session: Session) -> None:
        session.get_one(CampaignRevision, ("help", 1)).text = before or unreadable
        session.add(revision(unreadable, 2))

    shop.write(spoil)

    await dispatcher(shop, Courier()).round()

    assert shop.rows(FATE) == [fate]


async def test_a_provider_that_asks_for_patience_gets_it(shop: Shop) -> None:
    courier = Courier(RetryAfter("status 503", 5_000), Accepted())
    worker = dispatcher(shop, courier)

    await worker.round()
    assert shop.rows(FATE) == [("queued", "status 503", 1)]
    shop.clock.go(shop.clock.now() + 4_999)
    assert await worker.round() == 0
    shop.clock.go(shop.clock.now() + 1)
    await worker.round()

    assert shop.rows("SELECT state, attempts FROM outbox") == [("accepted", 2)]
    assert courier.sent[0][0].id == courier.sent[1][0].id


async def test_a_channel_that_is_misconfigured_is_told_once_and_once_when_it_is_back(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="store_server.delivery")
    worker = dispatcher(shop, Courier(Misconfigured("status 403"), Misconfigured("status 403"), Accepted()))
    for number in itertools.count():
        await worker.round()
        if number == 2:
            break
        shop.write(again)

    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert "status 403" in caplog.records[0].getMessage()


def again(session: Session) -> None:
    row = session.exec(select(Outbox)).one()
    row.state, row.lease_until, row.reason = "queued", 0, None


async def test_without_an_address_the_message_says_so_and_waits_for_nobody(shop: Shop) -> None:
    shop.write(lambda session: session.delete(session.exec(select(PushAddress)).one()))

    await dispatcher(shop, Courier()).round()

    assert shop.rows(FATE) == [("invalid-address", "no-push-address", 1)]


async def test_a_receipt_that_overtakes_the_provider_s_answer_stands(shop: Shop) -> None:
    class Hasty(Courier):
        async def send(self, *given: object) -> Answer:
            shop.write(lambda session: setattr(session.exec(select(Outbox)).one(), "state", "displayed"))
            return Accepted()

    await dispatcher(shop, Hasty()).round()

    assert shop.rows("SELECT state FROM outbox") == [("displayed",)]


async def test_a_message_erased_while_it_was_sent_does_not_come_back(shop: Shop) -> None:
    class Erasing(Courier):
        async def send(self, *given: object) -> Answer:
            shop.write(lambda session: session.delete(session.exec(select(Outbox)).one()))
            return Accepted()

    assert await dispatcher(shop, Erasing()).round() == 1

    assert shop.rows(FATE) == []


async def test_the_worker_wakes_for_a_message_queued_in_this_process(shop: Shop) -> None:
    courier = Courier()
    worker = dispatcher(shop, courier)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        running = group.create_task(worker.run())
        await eventually(lambda: courier.sent)
        await shop.sight("bob", line("e", shop.clock.now(), kind="enter"))
        shop.write(lambda session: add_phone(session, "bob", "phone-3"))
        await shop.go(92)
        await eventually(lambda: len(courier.sent) == 2)
        running.cancel()
    assert [message.campaign for message, _, _ in courier.sent] == ["help", "help"]
