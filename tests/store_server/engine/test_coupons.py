"""One-time codes live: given out with the message, in its transaction, never twice, never to a ghost (campaigns.coupons)."""

from pathlib import Path

import pytest
from sqlmodel import Session

from store_server.db.tables import Coupon, CouponSource
from store_server.privacy.erasure import erase
from tests.store_server.shop import OPENING, Shop, furnish, line, open_shop

OFFER = """
version: 1
id: offer
name: Offer
status: live
stores: [milan]
trigger: {on: enter, zone: shoes}
limits: {per_visit: 1}
message: {en: {title: Offer, body: "Yours: {coupon|ask at the till}."}}
"""
WORDS = "SELECT shopper, body FROM outbox ORDER BY created_at, id"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "aislecue.db"
    furnish(path, [OFFER], ["ann", "bob", "cyd"])
    return path


def source(pattern: str | None) -> CouponSource:
    return CouponSource(campaign="offer", pattern=pattern, secret="5e" * 32, set_at=OPENING, set_by="test")


async def enter(shop: Shop, *shoppers: str) -> None:
    for name in shoppers:
        await shop.sight(name, line(f"{name}-{shop.clock.now()}", shop.clock.now()))
        await shop.go(3)


async def test_a_pool_gives_each_shopper_a_code_in_order_and_then_the_default(database: Path) -> None:
    async with open_shop(database) as shop:
        shop.write(lambda session: pool(session, "A-1", "B-2"))
        await enter(shop, "ann", "bob", "cyd")
        assert shop.rows(WORDS) == [
            ("ann", "Yours: A-1."),
            ("bob", "Yours: B-2."),
            ("cyd", "Yours: ask at the till."),
        ]


async def test_a_pattern_gives_each_shopper_a_code_of_their_own(database: Path) -> None:
    async with open_shop(database) as shop:
        shop.write(lambda session: session.add(source("OFF-####-####")))
        await enter(shop, "ann", "bob")
        issued = dict(shop.rows("SELECT shopper, code FROM coupon WHERE issued_at IS NOT NULL"))
        assert len(set(issued.values())) == 2
        assert all(code.startswith("OFF-") for code in issued.values())
        assert shop.rows(WORDS) == [(name, f"Yours: {issued[name]}.") for name in ("ann", "bob")]


async def test_without_a_source_the_default_goes_out(database: Path) -> None:
    async with open_shop(database) as shop:
        await enter(shop, "ann")
        assert shop.rows(WORDS) == [("ann", "Yours: ask at the till.")]


async def test_the_second_message_of_a_campaign_carries_the_same_code(database: Path) -> None:
    async with open_shop(database) as shop:
        shop.write(lambda session: pool(session, "A-1", "B-2"))
        await enter(shop, "ann")
        await shop.go(2 * 3600, step_s=60)
        await enter(shop, "ann")
        assert [body for _, body in shop.rows(WORDS)] == ["Yours: A-1."] * 2


async def test_a_ghost_takes_no_code_from_the_others(tmp_path: Path) -> None:
    database = tmp_path / "aislecue.db"
    furnish(database, [OFFER + "holdout_pct: 100\n"], ["ann"])
    async with open_shop(database) as shop:
        shop.write(lambda session: pool(session, "A-1"))
        await enter(shop, "ann")
        assert shop.rows("SELECT outcome, body FROM decision") == [("ghost", "Yours: ask at the till.")]
        assert shop.rows("SELECT code, issued_at FROM coupon") == [("A-1", None)]


async def test_an_erased_shopper_s_code_is_never_free_again(database: Path) -> None:
    async with open_shop(database) as shop:
        shop.write(lambda session: pool(session, "A-1", "B-2"))
        await enter(shop, "ann")
        shop.write(lambda session: erase(session, "ann", "test", shop.clock.now()))
        await enter(shop, "bob")
        assert shop.rows(WORDS) == [("bob", "Yours: B-2.")]


def pool(session: Session, *codes: str) -> None:
    session.add(source(None))
    for place, code in enumerate(codes):
        session.add(Coupon(campaign="offer", code=code, place=place))
