"""Presence messages, late, twice and out of order (SPEC 7): what is present, since when, and who is silent."""

from pathlib import Path

import pytest

from protocol.instants import Instant
from protocol.messages import BeaconPresence, Presence, WireInstant, encode
from protocol.topics import GatewayAddress
from store_server.intake.broker import Incoming
from store_server.intake.presence import Arrived, PresenceTaken, take_presence
from store_server.intake.reading import Reader
from store_server.presence_loss import lose_presence
from store_server.rules import RunningRules
from store_server.store.port import Transaction
from store_server.store.rows import GatewayKey
from tests.store_server.shop import OPENING, SHOES, UUID, Shop, furnish, open_shop

GATEWAY = GatewayAddress("milan", "gw-shoes")
BOOT = "ab12cd34"
CHANGES = "SELECT state, at - ? FROM presence_change ORDER BY at, seq"
NOW_PRESENT = "SELECT state, changed_at - ? FROM presence"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "aislecue.db"
    furnish(path)
    return path


def said(
    seq: int,
    sent_s: float,
    state: str = "present",
    first_s: float = 0,
    last_s: float | None = None,
    uuid: str = UUID,
    synced: bool = True,
) -> Arrived:
    beacon = BeaconPresence(
        uuid=uuid,
        major=1,
        minor=SHOES,
        state=state,  # type: ignore[arg-type]
        first_at=at(first_s),
        last_at=at(sent_s if last_s is None else last_s),
        rssi_dbm=-60,
        measured_power_dbm=-59,
        count=3,
    )
    message = Presence(boot=BOOT, seq=seq, sent_at=at(sent_s), clock_synced=synced, beacons=(beacon,))
    return Arrived(GATEWAY, message)


def at(seconds: float) -> WireInstant:
    return WireInstant(OPENING + round(seconds * 1000))


async def take(shop: Shop, *arrived: Arrived) -> PresenceTaken:
    """Take messages in once the last of them has been sent."""
    rules, now = RunningRules(), max(shop.clock.now(), *(one.message.sent_at for one in arrived))

    def work(tx: Transaction) -> PresenceTaken:
        return take_presence(tx, rules.current(tx), arrived, now)

    return await shop.store.transact(work)


async def test_presence_is_kept_once_and_acknowledged_every_time(database: Path) -> None:
    async with open_shop(database) as shop:
        first = await take(shop, said(1, 1), said(2, 2), said(2, 2))
        assert [key.seq for key in first.acknowledge] == [1, 2, 2]
        again = await take(shop, said(1, 1))
        assert [key.seq for key in again.acknowledge] == [1]
        assert again.fresh == []
        assert again.ignored == {"duplicate": 1}
        assert shop.rows(CHANGES, OPENING) == [("present", 0)]
        assert shop.rows("SELECT count(*) FROM gateway_message") == [(2,)]


async def test_a_gateway_that_is_in_no_plan_is_neither_kept_nor_acknowledged(database: Path) -> None:
    async with open_shop(database) as shop:
        for address in (GatewayAddress("milan", "gw-x"), GatewayAddress("rome", "gw-shoes")):
            taken = await take(shop, said(1, 1)._replace(address=address))
            assert taken.acknowledge == []
            assert taken.ignored == {"unknown_gateway": 1}
        assert shop.rows("SELECT * FROM gateway") == []


async def test_a_uuid_that_is_not_listed_reaches_no_table(database: Path) -> None:
    async with open_shop(database) as shop:
        taken = await take(shop, said(1, 1, uuid="00000000-0000-4000-8000-000000000000"))
        assert taken.ignored == {"unlisted_uuid": 1}
        assert shop.rows("SELECT * FROM presence") == []


async def test_backlog_after_live_fills_in_the_past_and_does_not_undo_the_present(database: Path) -> None:
    async with open_shop(database) as shop:
        await take(shop, said(9, 310, first_s=300))
        await take(shop, said(1, 5), said(2, 60, "lost", last_s=30))
        assert shop.rows(CHANGES, OPENING) == [("present", 0), ("lost", 60_000), ("present", 300_000)]
        assert shop.rows(NOW_PRESENT, OPENING) == [("present", 300_000)]


async def test_a_deaf_gateway_vouches_for_nothing_until_it_hears_again(database: Path) -> None:
    async with open_shop(database) as shop:
        await take(shop, said(1, 5))
        await shop.store.transact(lambda tx: lose_presence(tx, GatewayKey(*GATEWAY), at(20), at(20)))
        await take(shop, said(2, 30, last_s=5))  # what it last heard, said again
        assert shop.rows(NOW_PRESENT, OPENING) == [("lost", 20_000)]
        await take(shop, said(3, 60, last_s=58))
        assert shop.rows(NOW_PRESENT, OPENING) == [("present", 20_000)]
        assert shop.rows(CHANGES, OPENING) == [("present", 0), ("lost", 20_000), ("present", 20_000)]


async def test_a_clock_that_was_never_set_counts_from_our_now(database: Path) -> None:
    async with open_shop(database) as shop:
        wrong: Instant = -86_400 * 365
        await take(shop, said(1, wrong + 5, first_s=wrong, synced=False))
        assert shop.rows(CHANGES, OPENING) == [("present", -5_000)]


async def test_backlog_of_a_clock_that_was_never_set_is_the_past_too(database: Path) -> None:
    async with open_shop(database) as shop:
        wrong: Instant = -86_400 * 365
        await take(shop, said(9, wrong + 310, first_s=wrong + 300, synced=False))
        # Written at 5 and 60, sent now: what is said late says when it is said.
        await take(shop, said(1, wrong + 310, first_s=wrong, last_s=wrong + 5, synced=False))
        await take(shop, said(2, wrong + 310, "lost", first_s=wrong, last_s=wrong + 30, synced=False))
        assert shop.rows(CHANGES, OPENING) == [
            ("present", -310_000),
            ("lost", -280_000),
            ("present", -10_000),
        ]
        assert shop.rows(NOW_PRESENT, OPENING) == [("present", -10_000)]


async def test_what_cannot_be_read_is_counted_and_logged_once_a_source(
    caplog: pytest.LogCaptureFixture,
) -> None:
    topic = "aislecue/v1/milan/gw-shoes/presence"
    good = encode(said(1, 1).message)
    batch = [
        Incoming(topic, b"{"),
        Incoming(topic, b'{"v":1}'),
        Incoming(topic, good + b" " * 65_536),
        Incoming("aislecue/v1/milan/gw-shoes/ack", b"{}"),
        Incoming("aislecue/v2/x", b"{}"),
        Incoming(topic, good),
        Incoming("aislecue/v1/milan/gw-shoes/status", b'"online"'),
    ]
    mail = Reader().read(batch)
    assert mail.presence == [said(1, 1)]
    assert mail.status == [(GATEWAY, "online")]
    assert mail.ignored == {
        "not_json": 1,
        "wrong_shape": 1,
        "too_large": 1,
        "wrong_direction": 1,
        "unknown_topic": 1,
    }
    assert len(caplog.records) == 3
