"""The hour's accounts notice what is missing and what is there twice."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from aislecue.demo.accounts import GatewayEnd, percentiles, summarize
from aislecue.demo.clock import SteppedClock
from aislecue.demo.phone import Phone
from aislecue.demo.phone.api import StoreApi
from aislecue.demo.phone.push import Push
from store_server.db.migrate import upgrade
from store_server.db.session import open_database
from store_server.db.tables import GatewayMessage, Outbox, Sighting

INSTALL = "install-1"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    engine = open_database(tmp_path / "server.db")
    upgrade(engine)
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "server.db", isolation_level=None)) as connection:
        yield connection


@pytest.fixture
def phone() -> Phone:
    api = StoreApi(httpx.AsyncClient())
    api.install_id = INSTALL
    return Phone(api, SteppedClock(0), app_start="a")


def keep(database: sqlite3.Connection, one: str, at: int) -> None:
    database.execute(
        f"INSERT INTO {Sighting.__tablename__}"
        " (shopper, id, at, received_at, install, uuid, major, minor, proximity, kind)"
        " VALUES ('s', ?, ?, ?, ?, 'u', 1, 1, 'near', 'ranged')",
        (one, at, at, INSTALL),
    )


def account(database: sqlite3.Connection, phone: Phone, *gateways: GatewayEnd) -> tuple[int, int]:
    summary = summarize(database, [phone], gateways, [])
    return summary.lost, summary.duplicates


def test_all_is_well(database: sqlite3.Connection, phone: Phone) -> None:
    phone.tally.acknowledged = {"a-1", "a-2"}
    keep(database, "a-1", 1_000)
    keep(database, "a-2", 2_000)
    assert account(database, phone) == (0, 0)


def test_an_acknowledged_sighting_that_is_not_kept_is_lost(
    database: sqlite3.Connection, phone: Phone
) -> None:
    phone.tally.acknowledged = {"a-1", "a-2"}
    keep(database, "a-1", 1_000)
    assert account(database, phone) == (1, 0)


def test_what_the_server_said_it_ignored_is_not_lost(database: sqlite3.Connection, phone: Phone) -> None:
    phone.tally.acknowledged = {"a-1"}
    phone.tally.ignored = {"unknown_beacon": 1}
    assert account(database, phone) == (0, 0)


def test_one_instant_kept_under_two_ids_is_twice(database: sqlite3.Connection, phone: Phone) -> None:
    phone.tally.acknowledged = {"a-1"}
    keep(database, "a-1", 1_000)
    keep(database, "b-1", 1_000)
    assert account(database, phone) == (0, 1)


def test_spooled_presence_that_is_not_kept_is_lost(database: sqlite3.Connection, phone: Phone) -> None:
    database.execute(
        f"INSERT INTO {GatewayMessage.__tablename__} (store, gateway, boot, seq, received_at)"
        " VALUES ('m', 'g', 'b', 1, 0)"
    )
    assert account(database, phone, GatewayEnd("m", "g", spooled=1, unacknowledged=0)) == (0, 0)
    assert account(database, phone, GatewayEnd("m", "g", spooled=3, unacknowledged=2)) == (2, 0)


def test_a_push_shown_twice_is_twice_and_one_never_shown_is_lost(
    database: sqlite3.Connection, phone: Phone
) -> None:
    for one in ("m-1", "m-2"):
        database.execute(
            f"INSERT INTO {Outbox.__tablename__} (id, shopper, decision, decision_at, visit_no, campaign, store,"
            " cancel_on_exit, channel, body, deadline_at, state, attempts, lease_until, created_at, changed_at,"
            " accepted_at) VALUES (?, 's', 1, 0, 1, 'c', 'm', 0, 'push', 'b', 0, 'accepted', 1, 0, 0, 0, 1)",
            (one,),
        )
    phone.pushes = [Push("m-1", None, "b"), Push("m-1", None, "b")]
    assert account(database, phone) == (1, 1)


def test_percentiles_of_few_values_are_zero() -> None:
    assert percentiles([1.0]) == {"p50": 0.0, "p99": 0.0}
    assert percentiles([1.0] * 100) == {"p50": 1.0, "p99": 1.0}
