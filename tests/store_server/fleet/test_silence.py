"""A gateway that stops talking stops vouching: silence, corroboration, and its return (SPEC 5, 7)."""

from pathlib import Path

import pytest

from store_server.intake.presence import Arrived
from tests.store_server.intake.test_presence import said, take
from tests.store_server.shop import HELP, OPENING, SHOES, Shop, furnish, line, open_shop

TRUSTED = HELP + "trust: corroborated\nblocked: drop\n"
CHANGES = "SELECT state, at - ? FROM presence_change ORDER BY at, seq"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "aislecue.db"
    furnish(path, [TRUSTED])
    return path


async def hear(shop: Shop, second: int) -> None:
    await take(shop, heard(second))


def heard(second: int) -> Arrived:
    return said(second + 1, second)


async def outcome(shop: Shop) -> list[tuple[str, str | None]]:
    await shop.go(100)
    return [(row[0], row[1]) for row in shop.rows("SELECT outcome, reason FROM decision ORDER BY seq")]


async def test_a_beacon_that_a_gateway_of_the_zone_hears_is_corroborated(database: Path) -> None:
    async with open_shop(database) as shop:
        await hear(shop, 0)
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        assert await outcome(shop) == [("send", None)]


async def test_without_its_gateway_it_is_not(database: Path) -> None:
    async with open_shop(database) as shop:
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        assert await outcome(shop) == [("suppressed", "not_corroborated")]


async def test_a_gateway_silent_for_30_s_vouches_for_nothing_after_that(database: Path) -> None:
    async with open_shop(database) as shop:
        await hear(shop, 0)
        await shop.go(29.999)
        assert shop.rows(CHANGES, OPENING) == [("present", 0)]
        await shop.go(31)
        assert shop.rows(CHANGES, OPENING) == [("present", 0), ("lost", 30_000)]
        assert shop.rows("SELECT silent_since - ? FROM gateway", OPENING) == [(0,)]
        await shop.sight("ann", line("e", shop.clock.now(), kind="enter"))
        assert await outcome(shop) == [("suppressed", "not_corroborated")]


async def test_a_gateway_that_was_only_cut_off_had_heard_all_along(database: Path) -> None:
    async with open_shop(database) as shop:
        await hear(shop, 0)
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        await shop.go(60)
        await take(shop, said(61, 60, last_s=60), said(20, 20, last_s=20), said(50, 50, last_s=50))
        assert shop.rows(CHANGES, OPENING) == [("present", 0), ("lost", 30_000), ("present", 30_000)]
        assert shop.rows("SELECT state FROM presence") == [("present",)]
        assert shop.rows("SELECT silent_since FROM gateway") == [(None,)]
        await shop.sight("bob", line("e", shop.clock.now() - 15_000, kind="enter"))
        await shop.go(100)
        assert shop.rows("SELECT outcome FROM decision") == [("send",), ("send",)]


async def test_backlog_from_before_the_silence_does_not_bring_a_beacon_back(database: Path) -> None:
    async with open_shop(database) as shop:
        await hear(shop, 0)
        await shop.go(40)
        await take(shop, said(21, 20, last_s=20))
        assert shop.rows("SELECT state FROM presence") == [("lost",)]
        assert shop.rows(CHANGES, OPENING) == [("present", 0), ("lost", 30_000)]


@pytest.mark.parametrize(("second", "is_heard"), [(29.999, True), (30, False)])
async def test_near_enough_is_less_than_30_s(database: Path, second: float, is_heard: bool) -> None:
    async with open_shop(database) as shop:
        await take(shop, said(1, 1, "lost", first_s=-5, last_s=0)._replace())
        await take(shop, said(2, 0, first_s=-5, last_s=-1))
        assert shop.rows(CHANGES, OPENING) == [("present", -5_000), ("lost", 1_000)]
        await shop.sight("ann", line("e", OPENING + 1000 + round(second * 1000), SHOES, kind="enter"))
        await shop.go(35)
        expected = ("send", None) if is_heard else ("suppressed", "not_corroborated")
        assert await outcome(shop) == [expected]
