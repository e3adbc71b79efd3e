"""Delivery on a real database: what may still go, goes once; what may not gives its reservation back."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import Session, select

from protocol.instants import Instant
from store_server.db.session import open_database
from store_server.db.tables import (
    CampaignRevision,
    Install,
    Outbox,
    PushAddress,
    ShopperRow,
)
from store_server.delivery.answer import Accepted, Answer, Gone, Misconfigured, RetryAfter, Unknown
from store_server.delivery.dispatch import AT_ONCE, Dispatcher
from store_server.delivery.lease import LEASE_MS
from store_server.delivery.outbox import claim
from store_server.delivery.port import Address, Message
from store_server.delivery.recheck import Recheck
from store_server.documents import Documents
from tests.eventually import eventually
from tests.fakes.clock import ManualClock
from tests.fakes.courier import Courier
from tests.store_server.shop import HELP, OPENING, Shop, furnish, line, open_shop, revision

FATE = "SELECT state, reason, attempts FROM outbox"
FATES = "SELECT shopper, state FROM outbox ORDER BY shopper"
SPENT = "SELECT used FROM budget WHERE campaign = 'help'"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop in which Ann has a phone, and a message to her waits in the outbox."""
    database = tmp_path / "aislecue.db"
    furnish(database)
    async with open_shop(database) as shop:
        shop.write(lambda session: add_phone(session, "ann", "phone-1"))
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        await shop.go(92)
        assert shop.rows(FATE) == [("queued", None, 0)]
        yield shop


def add_phone(session: Session, shopper: str, install: str) -> None:
    session.add(
        Install(
            id=install,
            shopper=shopper,
            credential_hash=install,
            platform="web",
            created_at=OPENING,
            seen_at=OPENING,
        )
    )
    session.flush()
    session.add(
        PushAddress(
            install=install, kind="webpush", shopper=shopper, address={"of": install}, created_at=OPENING
        )
    )


def dispatcher(shop: Shop, courier: Courier, owner: str = "worker-1", at_once: int = AT_ONCE) -> Dispatcher:
    database = open_database(shop.database)
    return Dispatcher(database, shop.clock, {"push": [courier]}, shop.messages, owner, at_once)


def claim_push(session: Session, now: Instant) -> None:
    """Claim as a worker does that dies right after."""
    claim(session, "worker-1", Recheck(session, Documents(), frozenset(("push",)), now), 1, now)


class Hanging(Courier):
    """Never answers to Ann's first phone."""

    async def send(self, message: Message, address: Address, now: Instant) -> Answer:
        answer = await super().send(message, address, now)
        if address.install == "phone-1":
            await asyncio.Event().wait()
        return answer


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


async def test_an_answer_that_never_came_is_asked_for_again_where_a_copy_replaces_the_first(
    shop: Shop,
) -> None:
    courier = Courier(Unknown("silence"), Accepted())
    worker = dispatcher(shop, courier)

    await worker.round()
    shop.clock.go(shop.clock.now() + 1_000)
    await worker.round()

    assert shop.rows("SELECT state, attempts FROM outbox") == [("accepted", 2)]


async def test_an_answer_that_never_came_stays_unknown_where_a_copy_would_be_a_second_message(
    shop: Shop,
) -> None:
    courier = Courier(Unknown("silence"), collapses=False)

    await dispatcher(shop, courier).round()

    assert shop.rows(FATE) == [("dead", "no-answer", 1)]
    assert shop.rows(SPENT) == [(1,)]


async def test_a_later_refusal_does_not_undo_that_it_may_have_been_taken(shop: Shop) -> None:
    worker = dispatcher(shop, Courier(Unknown("silence"), RetryAfter("status 503", 600_000)))

    await worker.round()
    shop.clock.go(shop.clock.now() + 1_000)
    await worker.round()

    assert shop.rows(FATE) == [("dead", "no-answer", 2)]
    assert shop.rows(SPENT) == [(1,)]


async def test_a_worker_that_died_leaves_its_doubt_to_the_next_one_s_refusal(shop: Shop) -> None:
    shop.write(lambda session: claim_push(session, shop.clock.now()))
    shop.clock.go(shop.clock.now() + LEASE_MS)

    await dispatcher(shop, Courier(RetryAfter("status 503", 600_000)), "worker-2").round()

    assert shop.rows(FATE) == [("dead", "no-answer", 2)]
    assert shop.rows(SPENT) == [(1,)]


async def test_leaving_does_not_undo_that_it_may_have_been_taken(shop: Shop) -> None:
    await dispatcher(shop, Courier(Unknown("silence"))).round()

    await shop.sight("ann", line("x", shop.clock.now(), kind="exit"))
    await shop.engine.catch_up()

    assert shop.rows(FATE) == [("dead", "no-answer", 1)]
    assert shop.rows(SPENT) == [(1,)]


@pytest.mark.parametrize(
    ("collapses", "fate"), [(True, ("accepted", None, 2)), (False, ("dead", "no-answer", 1))]
)
async def test_a_worker_that_died_while_sending_is_followed_by_another(
    shop: Shop, collapses: bool, fate: tuple[object, ...]
) -> None:
    shop.write(lambda session: claim_push(session, shop.clock.now()))
    survivor = dispatcher(shop, Courier(collapses=collapses), "worker-2")

    assert await survivor.round() == 0
    shop.write(
        lambda session: setattr(session.exec(select(Outbox)).one(), "deadline_at", OPENING + 1_000_000)
    )
    shop.clock.go(shop.clock.now() + LEASE_MS)
    await survivor.round()

    assert shop.rows(FATE) == [fate]


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
