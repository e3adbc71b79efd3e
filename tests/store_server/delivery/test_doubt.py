"""An answer that never came: what may have been taken is asked for again only where a copy replaces it, and gives nothing back."""

import pytest
from sqlmodel import select

from store_server.db.tables import (
    Outbox,
)
from store_server.delivery.answer import Accepted, RetryAfter, Unknown
from store_server.delivery.lease import LEASE_MS
from tests.fakes.courier import Courier
from tests.store_server.delivery.waiting import FATE, SPENT, claim_push, dispatcher
from tests.store_server.shop import OPENING, Shop, line


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
