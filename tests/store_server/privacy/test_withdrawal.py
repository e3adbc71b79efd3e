"""A message that a shopper's own wish keeps from going out costs the campaign nothing, unless it may have gone."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlmodel import Session, select

from store_server.db.tables import Outbox, ShopperRow
from store_server.privacy.consent import give
from store_server.privacy.erasure import erase
from tests.store_server.shop import OPENING, Shop, furnish, line, open_shop

FATE = "SELECT state, reason FROM outbox"
SPENT = "SELECT used FROM budget WHERE campaign = 'help'"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop in which a message to Ann waits in the outbox."""
    furnish(tmp_path / "aislecue.db")
    async with open_shop(tmp_path / "aislecue.db") as shop:
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        await shop.go(92)
        assert shop.rows(SPENT) == [(1,)]
        yield shop


def withdraw(session: Session) -> None:
    give(session, session.get_one(ShopperRow, "ann"), {"proximity": False}, OPENING + 93_000)


def erase_ann(session: Session) -> None:
    erase(session, "ann", "shopper", OPENING + 93_000)


def leave(state: str, reason: str | None) -> Callable[[Session], None]:
    def change(session: Session) -> None:
        row = session.exec(select(Outbox)).one()
        row.state, row.reason = state, reason

    return change


@pytest.mark.parametrize("reason", [None, "status 503"])
@pytest.mark.parametrize(("wish", "left"), [(withdraw, [("cancelled", "no_consent")]), (erase_ann, [])])
async def test_what_never_went_out_is_given_back(
    shop: Shop, reason: str | None, wish: Callable[[Session], None], left: list[tuple[str, str]]
) -> None:
    shop.write(leave("queued", reason))

    shop.write(wish)

    assert shop.rows(FATE) == left
    assert shop.rows(SPENT) == [(0,)]


@pytest.mark.parametrize(("wish", "left"), [(withdraw, [("dead", "no-answer")]), (erase_ann, [])])
async def test_what_may_have_been_taken_is_not_given_back(
    shop: Shop, wish: Callable[[Session], None], left: list[tuple[str, str]]
) -> None:
    shop.write(leave("queued", "no-answer"))

    shop.write(wish)

    assert shop.rows(FATE) == left
    assert shop.rows(SPENT) == [(1,)]


async def test_what_is_being_sent_is_left_to_delivery(shop: Shop) -> None:
    shop.write(leave("leased", None))

    shop.write(withdraw)

    assert shop.rows(FATE) == [("leased", None)]
    assert shop.rows(SPENT) == [(1,)]
