"""Zones of tags as kept: decided over all gateways, frozen while the zone's gateway is silent, remembered over restarts."""

from pathlib import Path

import pytest

from protocol.messages import BeaconPresence, Presence, WireInstant
from protocol.topics import GatewayAddress
from store_server.intake.presence import Arrived, take_presence
from store_server.intake.tags import TagZones
from store_server.rules import RunningRules
from store_server.store.port import Transaction
from tests.store_server.shop import OPENING, TAG_UUID, Shop, furnish, open_shop

ZONES = "SELECT minor, kind, zone, frozen FROM tag_zone"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "aislecue.db"
    furnish(path)
    return path


class Carts:
    """Gateways that hear one cart, and what the server makes of it."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.rules = RunningRules()
        self.tags = TagZones(self.rules)
        self.seq = 0

    async def hear(self, second: int, gateway: str, rssi: int | None) -> None:
        self.seq += 1
        at = WireInstant(OPENING + second * 1000)
        cart = BeaconPresence(
            uuid=TAG_UUID, major=1, minor=7, state="present", first_at=WireInstant(OPENING), last_at=at,
            rssi_dbm=rssi or -99, measured_power_dbm=-59, count=1,
        )  # fmt: skip
        beacons = () if rssi is None else (cart,)
        message = Presence(boot="ab12cd34", seq=self.seq, sent_at=at, clock_synced=True, beacons=beacons)
        arrived = [Arrived(GatewayAddress("milan", gateway), message)]

        def keep(tx: Transaction) -> None:
            take_presence(tx, self.rules.current(tx), arrived, at)

        await self.shop.store.transact(keep)
        await self.shop.store.transact(lambda tx: self.tags.follow(tx, arrived, at))

    async def settle(self, second: int) -> None:
        await self.shop.store.transact(lambda tx: self.tags.settle(tx, OPENING + second * 1000))


async def test_a_cart_is_in_one_zone_and_freezes_when_its_gateway_falls_silent(database: Path) -> None:
    async with open_shop(database) as shop:
        carts = Carts(shop)
        for second in range(10):
            await carts.hear(second, "gw-entrance", -80)
            await carts.hear(second, "gw-shoes", -55)
        assert shop.rows(ZONES) == [(7, "cart", "shoes", 0)]
        await carts.hear(45, "gw-entrance", -80)
        assert shop.rows(ZONES) == [(7, "cart", "shoes", 1)]


async def test_a_restart_remembers_where_the_cart_was(database: Path) -> None:
    async with open_shop(database) as shop:
        carts = Carts(shop)
        for second in range(5):
            await carts.hear(second, "gw-shoes", -55)
        before = shop.rows("SELECT * FROM tag_zone")
        await Carts(shop).settle(6)
        assert shop.rows("SELECT * FROM tag_zone") == before
        assert shop.rows(ZONES) == [(7, "cart", "shoes", 0)]
