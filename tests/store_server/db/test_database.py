"""Migrations make the tables this version knows; sessions commit whole or not at all; leases have one owner."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine

from store_server.db.migrate import faults, upgrade
from store_server.db.session import open_database, reading, writing
from store_server.db.tables import Budget
from store_server.lease import Lease, claim_lease


@pytest.fixture
def database(tmp_path: Path) -> Engine:
    engine = open_database(tmp_path / "folder" / "aislecue.db")
    upgrade(engine)
    return engine


def test_migrations_make_exactly_the_tables_that_the_code_knows(database: Engine) -> None:
    assert faults(database) == []
    upgrade(database)
    assert faults(database) == []


def test_what_keeps_this_version_from_running_is_said(tmp_path: Path, database: Engine) -> None:
    empty = open_database(tmp_path / "empty.db")
    assert "aislecue db upgrade" in faults(empty)[0]
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE budget ADD COLUMN extra TEXT")
    assert "extra" in faults(database)[0]


def test_a_commit_waits_for_the_disk(database: Engine) -> None:
    with database.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_write_that_fails_leaves_nothing(database: Engine) -> None:
    def fail() -> None:
        with writing(database) as session:
            session.add(Budget(campaign="help", used=1))
            session.flush()
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        fail()
    with reading(database) as session:
        assert session.get(Budget, "help") is None


def test_a_writer_takes_the_lock_before_it_reads(database: Engine) -> None:
    with writing(database) as session:
        session.get(Budget, "help")
        other = sqlite3.connect(str(database.url.database), timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_a_lease_has_one_owner_until_it_ends(database: Engine) -> None:
    def claim(owner: str, now: int) -> Lease | None:
        with writing(database) as session:
            return claim_lease(session, "scheduler", owner, now, 60)

    first = claim("a", 100)
    assert first == Lease("scheduler", "a", 160)
    assert first.holds(159)
    assert not first.holds(160)
    assert claim("b", 159) is None
    assert claim("a", 150) == Lease("scheduler", "a", 210)
    assert claim("b", 209) is None
    assert claim("b", 210) == Lease("scheduler", "b", 270)


def test_a_writing_session_has_the_write_lock_before_its_first_statement(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "aislecue.db")
    other = sqlite3.connect(tmp_path / "aislecue.db", isolation_level=None, timeout=0)
    with writing(engine), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()
    engine.dispose()
