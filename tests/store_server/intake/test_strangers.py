"""Tags and beacons that only passed by: what is kept of them costs the work on the others nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from protocol.messages import BeaconPresence, Presence, WireInstant
from protocol.topics import GatewayAddress
from store_server.intake.presence import Arrived, take_presence
from store_server.intake.tags import TagZones
from store_server.rules import RunningRules
from store_server.store.rows import PresenceRow, TagZoneRow
from store_server.store.sqlite import SqliteTransaction
from tests.store_server.shop import OPENING, TAG_UUID, furnish

STRANGERS = 20_000


@dataclass
class Work:
    """What SQLite did: statements, and steps of its machine, of which every row looked at costs some."""

    statements: int = 0
    steps: int = 0


def leave_strangers(connection: sqlite3.Connection) -> None:
    tx = SqliteTransaction(connection)
    heard = PresenceRow("milan", "gw-shoes", TAG_UUID, 9, 0, "lost", 1, 1, 1, -60, -59, 1, 1)
    tx.put_presence([heard._replace(minor=minor) for minor in range(STRANGERS)])
    left = TagZoneRow(TAG_UUID, 9, 0, "cart", "milan", None, 1, False)
    tx.put_tag_zones([left._replace(minor=minor) for minor in range(STRANGERS)])
    connection.commit()


def heard_at(
    second: int, *, state: Literal["present", "lost"] = "present", nothing: bool = False
) -> list[Arrived]:
    at = WireInstant(OPENING + second * 1000)
    cart = BeaconPresence(
        uuid=TAG_UUID, major=1, minor=7, state=state, first_at=WireInstant(OPENING), last_at=at,
        rssi_dbm=-55, measured_power_dbm=-59, count=1,
    )  # fmt: skip
    beacons = () if nothing else (cart,)
    message = Presence(boot="ab12cd34", seq=second + 1, sent_at=at, clock_synced=True, beacons=beacons)
    return [Arrived(GatewayAddress("milan", "gw-shoes"), message)]


@contextmanager
def watched(connection: sqlite3.Connection) -> Iterator[Work]:
    work = Work()

    def stated(_: str) -> None:
        work.statements += 1

    def stepped() -> int:
        work.steps += 1
        return 0

    connection.set_trace_callback(stated)
    connection.set_progress_handler(stepped, 1)
    yield work
    connection.set_trace_callback(None)
    connection.set_progress_handler(None, 1)


def work_on_one_cart(database: Path, *, strangers: bool) -> Work:
    with closing(sqlite3.connect(database)) as connection:
        if strangers:
            leave_strangers(connection)
        tx, rules = SqliteTransaction(connection), RunningRules()
        tags = TagZones(rules)
        tags.settle(tx, OPENING)  # what is read once, when the server starts
        with watched(connection) as work:
            for second in range(10):
                arrived, now = heard_at(second), OPENING + second * 1000
                take_presence(tx, rules.current(tx), arrived, now)
                tags.follow(tx, arrived, now)
            for second in range(10, 60):  # its gateway falls silent meanwhile
                tags.settle(tx, OPENING + second * 1000)
        assert tx.placed_tags("milan") == [
            TagZoneRow(TAG_UUID, 1, 7, "cart", "milan", "shoes", OPENING, frozen=True)
        ]
    return work


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "aislecue.db"
    furnish(path)
    return path


def test_twenty_thousand_strangers_cost_the_work_on_one_cart_nothing(database: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.db"
    furnish(alone)
    assert work_on_one_cart(database, strangers=True) == work_on_one_cart(alone, strangers=False)


def test_a_write_that_was_undone_is_made_again(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        tx, rules = SqliteTransaction(connection), RunningRules()
        tags = TagZones(rules)
        connection.execute("BEGIN")
        tags.follow(tx, heard_at(0), OPENING)
        assert [row.zone for row in tx.placed_tags("milan")] == ["shoes"]
        connection.execute("ROLLBACK")
        assert tx.placed_tags("milan") == []
        tags.settle(tx, OPENING + 1000)
        assert [row.zone for row in tx.placed_tags("milan")] == ["shoes"]


def test_a_tag_that_another_store_has_by_now_is_not_taken_from_it(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        tx, rules = SqliteTransaction(connection), RunningRules()
        tags = TagZones(rules)
        tags.follow(tx, heard_at(0), OPENING)
        there = TagZoneRow(TAG_UUID, 1, 7, "cart", "rome", "bags", OPENING + 60_000, frozen=False)
        tx.put_tag_zones([there])
        tags.settle(tx, OPENING + 60_000)  # silent here: frozen
        tags.follow(tx, heard_at(61, state="lost"), OPENING + 61_000)
        for second in range(62, 700):
            tags.follow(tx, heard_at(second, nothing=True), OPENING + second * 1000)
        assert (tx.placed_tags("rome"), tx.placed_tags("milan")) == ([there], [])


def test_a_tag_that_comes_from_another_store_is_here(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        tx, rules = SqliteTransaction(connection), RunningRules()
        there = TagZoneRow(TAG_UUID, 1, 7, "cart", "rome", "shoes", OPENING - 60_000, frozen=False)
        tx.put_tag_zones([there])
        TagZones(rules).follow(tx, heard_at(0), OPENING)
        assert tx.placed_tags("rome") == []
        assert [(row.zone, row.since_at) for row in tx.placed_tags("milan")] == [("shoes", OPENING)]
