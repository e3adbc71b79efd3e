"""Zones of tags as kept: decided over all gateways, frozen while the zone's gateway is silent, remembered over restarts."""

from pathlib import Path
from typing import Any, Literal

import pytest

from protocol.messages import BeaconPresence, Presence, WireInstant
from protocol.topics import GatewayAddress
from store_server.db.tables import PlanRevision
from store_server.fleet.silence import mark_silent_gateways
from store_server.intake.presence import Arrived, take_presence
from store_server.intake.tags import TagZones
from store_server.presence_loss import lose_presence
from store_server.rules import RunningRules
from store_server.store.port import Transaction
from store_server.store.rows import GatewayKey
from tests.store_server.shop import OPENING, PLAN, TAG_UUID, Shop, furnish, open_shop

ZONES = "SELECT minor, kind, zone, frozen FROM tag_zone"
SHOES = GatewayKey("milan", "gw-shoes")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "aislecue.db"
    furnish(path)
    return path


def apply(session: Any, plan: str) -> None:
    session.add(PlanRevision(store="milan", revision=2, text=plan, applied_at=OPENING, applied_by="test"))


def without_shoes() -> str:
    return "\n".join(row for row in PLAN.splitlines() if "shoes" not in row)


class Carts:
    """Gateways that hear one cart, and what the server makes of it."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.rules = RunningRules()
        self.tags = TagZones(self.rules)
        self.seq = 0

    async def hear(
        self,
        second: int,
        gateway: str,
        rssi: int | None,
        state: Literal["present", "lost"] = "present",
        ahead_s: int = 0,
    ) -> None:
        """Let a gateway tell of the cart; its clock may be ahead."""
        self.seq += 1
        now = OPENING + second * 1000
        at = WireInstant(now + ahead_s * 1000)
        cart = BeaconPresence(
            uuid=TAG_UUID, major=1, minor=7, state=state, first_at=WireInstant(OPENING), last_at=at,
            rssi_dbm=rssi or -99, measured_power_dbm=-59, count=1,
        )  # fmt: skip
        beacons = () if rssi is None else (cart,)
        message = Presence(boot="ab12cd34", seq=self.seq, sent_at=at, clock_synced=True, beacons=beacons)
        arrived = [Arrived(GatewayAddress("milan", gateway), message)]

        def keep(tx: Transaction) -> None:
            take_presence(tx, self.rules.current(tx), arrived, now)

        await self.shop.store.transact(keep)
        await self.shop.store.transact(lambda tx: self.tags.follow(tx, arrived, now))

    async def settle(self, second: int) -> None:
        """Do what the server does once a second, and first of all when it starts."""
        now = OPENING + second * 1000

        def tick(tx: Transaction) -> None:
            mark_silent_gateways(tx, now)
            self.tags.settle(tx, now)

        await self.shop.store.transact(tick)

    async def restart(self, second: int) -> "Carts":
        """Return what a server makes of it that starts now; gateways go on where they were."""
        fresh = Carts(self.shop)
        fresh.seq = self.seq
        await fresh.settle(second)
        return fresh


async def test_a_cart_is_in_one_zone_and_freezes_when_its_gateway_falls_silent(database: Path) -> None:
    async with open_shop(database) as shop:
        carts = Carts(shop)
        for second in range(10):
            await carts.hear(second, "gw-entrance", -80)
            await carts.hear(second, "gw-shoes", -55)
        assert shop.rows(ZONES) == [(7, "cart", "shoes", 0)]
        await carts.hear(45, "gw-entrance", -80)
        assert shop.rows(ZONES) == [(7, "cart", "shoes", 1)]


async def test_one_message_from_the_future_keeps_no_cart_from_moving(database: Path) -> None:
    async with open_shop(database) as shop:
        carts = Carts(shop)
        for second in range(10):
            await carts.hear(second, "gw-shoes", -50)
            await carts.hear(second, "gw-entrance", -85)
        await carts.hear(10, "gw-shoes", -50, ahead_s=3_600)
        for second in range(11, 40):
            await carts.hear(second, "gw-shoes", -85)
            await carts.hear(second, "gw-entrance", -50)
        assert shop.rows(ZONES) == [(7, "cart", "entrance", 0)]
        newest = "SELECT max(last_at) FROM presence WHERE gateway = 'gw-shoes'"
        assert shop.rows(newest) == [(OPENING + 39_000,)]


async def test_a_restart_remembers_where_the_cart_was(database: Path) -> None:
    async with open_shop(database) as shop:
        carts = Carts(shop)
        for second in range(5):
            await carts.hear(second, "gw-shoes", -55)
        before = shop.rows("SELECT * FROM tag_zone")
        await carts.restart(6)
        assert shop.rows("SELECT * FROM tag_zone") == before
        assert shop.rows(ZONES) == [(7, "cart", "shoes", 0)]


async def frozen_in_shoes(shop: Shop) -> Carts:
    """Let a cart be heard in two zones until its own gateway says nothing more."""
    carts = Carts(shop)
    for second in range(10):
        await carts.hear(second, "gw-entrance", -80)
        await carts.hear(second, "gw-shoes", -55)
    for second in range(10, 46):
        await carts.hear(second, "gw-entrance", -80)
        await carts.settle(second)
    assert shop.rows(ZONES) == [(7, "cart", "shoes", 1)]
    return carts


async def test_a_restart_while_its_gateway_is_silent_leaves_the_cart_there(database: Path) -> None:
    async with open_shop(database) as shop:
        carts = await frozen_in_shoes(shop)
        before = shop.rows("SELECT * FROM tag_zone")
        carts = await carts.restart(46)
        for second in range(46, 60):
            await carts.hear(second, "gw-entrance", -70)
        assert shop.rows("SELECT * FROM tag_zone") == before
        await carts.hear(61, "gw-entrance", -40)
        assert shop.rows(ZONES) == [(7, "cart", "entrance", 0)], "where it is plainly louder, it went"


async def test_a_new_plan_while_its_gateway_is_silent_leaves_the_cart_there(database: Path) -> None:
    async with open_shop(database) as shop:
        carts = await frozen_in_shoes(shop)
        before = shop.rows("SELECT * FROM tag_zone")
        shop.write(lambda session: apply(session, PLAN.replace("name: Shoes", "name: Trainers")))
        for second in range(46, 60):
            await carts.hear(second, "gw-entrance", -70)
        assert shop.rows("SELECT * FROM tag_zone") == before


async def test_a_zone_that_the_plan_has_no_more_keeps_no_cart(database: Path) -> None:
    async with open_shop(database) as shop:
        carts = await frozen_in_shoes(shop)
        shop.write(lambda session: apply(session, without_shoes()))
        await carts.hear(46, "gw-entrance", -70)
        assert shop.rows(ZONES) == [(7, "cart", "entrance", 0)]


async def test_a_server_that_stood_still_for_minutes_invents_no_exit(database: Path) -> None:
    async with open_shop(database) as shop:
        carts = Carts(shop)
        for second in range(10):
            await carts.hear(second, "gw-shoes", -55)
            await carts.hear(second, "gw-entrance", -80)
        since = shop.rows("SELECT since_at FROM tag_zone")
        carts = await carts.restart(190)
        assert shop.rows(ZONES) == [(7, "cart", "shoes", 1)], "no gateway has spoken yet"
        for second in range(191, 200):
            await carts.hear(second, "gw-entrance", -80)
        await carts.hear(200, "gw-shoes", -55)
        assert shop.rows(ZONES) == [(7, "cart", "shoes", 0)]
        assert shop.rows("SELECT since_at FROM tag_zone") == since


async def test_a_cart_that_its_gateway_lost_itself_goes_to_who_hears_it(database: Path) -> None:
    async with open_shop(database) as shop:
        carts = Carts(shop)
        for second in range(10):
            await carts.hear(second, "gw-shoes", -55)
        await carts.hear(11, "gw-shoes", -55, state="lost")
        carts = await carts.restart(12)
        await carts.hear(13, "gw-entrance", -80)
        assert shop.rows(ZONES) == [(7, "cart", "entrance", 0)]


async def test_a_gateway_whose_radio_died_has_lost_nothing_either(database: Path) -> None:
    async with open_shop(database) as shop:
        carts = Carts(shop)
        for second in range(10):
            await carts.hear(second, "gw-shoes", -55)

        def die(tx: Transaction) -> None:
            tx.put_gateway_status(SHOES, "radio-dead", OPENING + 10_000)
            lose_presence(tx, SHOES, OPENING + 10_000, OPENING + 10_000)

        await shop.store.transact(die)
        carts = await carts.restart(50)
        await carts.hear(51, "gw-entrance", -80)
        assert shop.rows(ZONES) == [(7, "cart", "shoes", 1)]
