"""A copy of the running database, and back: whole, checked, and without what must not come back (SPEC 6; law 5)."""

from pathlib import Path

import pytest

from store_server.backup import UNREADABLE, BackupFault, back_up, restore
from store_server.db.session import open_database, writing
from store_server.db.tables import Lease
from store_server.privacy.erasure import erase
from tests.store_server.shop import OPENING, Shop, furnish, line, open_shop, read_rows

NOW = OPENING + 86_400_000


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "aislecue.db"
    furnish(path)
    return path


async def queue_a_message(shop: Shop) -> None:
    await shop.sight("ann", line("e", OPENING, kind="enter"))
    await shop.go(93)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def put_back(copy: Path, database: Path) -> list[str]:
    return restore(copy, database, database.with_name("aside.db"), NOW)


async def test_a_copy_of_a_running_server_is_whole_and_private(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    async with open_shop(database) as shop:
        await queue_a_message(shop)
        size = back_up(database, copy)
    assert (copy.stat().st_size, copy.stat().st_mode & 0o777) == (size, 0o600)
    assert names(copy.parent) == {"copy.db", "data"}
    assert read_rows(copy, "SELECT shopper, state FROM outbox") == [("ann", "queued")]


async def test_what_may_have_gone_out_since_is_not_sent_again(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    async with open_shop(database) as shop:
        await queue_a_message(shop)
        back_up(database, copy)
    done = put_back(copy, database)
    assert read_rows(database, "SELECT state, reason FROM outbox") == [("cancelled", "restored")]
    assert "unsent messages cancelled, since they may have gone out: 1" in done
    assert read_rows(database.with_name("aside.db"), "SELECT state FROM outbox") == [("queued",)]


def test_who_was_erased_since_is_erased_again(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up(database, copy)
    engine = open_database(database)
    with writing(engine) as session:
        erase(session, "ann", "shopper", OPENING)
        session.add(Lease(name="scheduler", owner="server-1", until=NOW))
    engine.dispose()
    put_back(copy, database)
    assert read_rows(database, "SELECT id FROM shopper") == [("bob",)]
    assert read_rows(database, "SELECT actor FROM audit WHERE action = 'erase'") == [("restored",)]
    assert read_rows(database, "SELECT name FROM lease") == []


async def test_what_may_have_gone_out_before_its_shopper_was_erased_is_not_given_back(
    database: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    async with open_shop(database) as shop:
        await queue_a_message(shop)
        back_up(database, copy)
        shop.write(lambda session: erase(session, "ann", "shopper", OPENING))
    put_back(copy, database)
    assert read_rows(database, "SELECT used FROM budget") == [(1,)]


async def test_a_database_in_use_is_not_replaced(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up(database, copy)
    async with open_shop(database) as shop:
        with pytest.raises(BackupFault, match="expected a stopped server, got a database in use"):
            put_back(copy, database)
        await queue_a_message(shop)
        assert shop.rows("SELECT count(*) FROM outbox") == [(1,)]


def test_a_damaged_database_gives_way_and_the_gap_is_said(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up(database, copy)
    database.write_bytes(b"\0" * 8192)
    assert put_back(copy, database)[-1] == UNREADABLE
    assert read_rows(database, "SELECT id FROM shopper ORDER BY id") == [("ann",), ("bob",)]


def test_on_a_new_machine_there_is_nothing_to_replace(database: Path, tmp_path: Path) -> None:
    copy, elsewhere = tmp_path / "copy.db", tmp_path / "new" / "aislecue.db"
    back_up(database, copy)
    put_back(copy, elsewhere)
    assert len(read_rows(elsewhere, "SELECT id FROM shopper")) == 2
    assert not elsewhere.with_name("aside.db").exists()


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000])
def test_what_is_no_copy_changes_nothing(database: Path, tmp_path: Path, content: bytes) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(content)
    with pytest.raises(BackupFault, match="expected a database of a store server"):
        put_back(copy, database)
    assert read_rows(database, "SELECT id FROM shopper ORDER BY id") == [("ann",), ("bob",)]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BackupFault, match=r"none\.db: expected a database, got no file"):
        back_up(tmp_path / "none.db", tmp_path / "copy.db")
    with pytest.raises(BackupFault, match=r"none\.db: expected a copy made by"):
        put_back(tmp_path / "none.db", tmp_path / "aislecue.db")
