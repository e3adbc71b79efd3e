"""The spool's file on the card: SQLite, WAL, synchronous=FULL; a damaged one is replaced by an empty one."""

import sqlite3
from pathlib import Path

from protocol.topics import GatewayAddress

PAGE_BYTES = 1024
"""A commit writes whole pages: small ones wear the card less than the default of four times the size."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS batches (
  id INTEGER PRIMARY KEY, boot TEXT NOT NULL, seqs BLOB NOT NULL, at INTEGER NOT NULL,
  clock_synced INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS owner (one INTEGER PRIMARY KEY CHECK (one = 1), store TEXT NOT NULL, gateway TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS dropped (reason TEXT PRIMARY KEY, messages INTEGER NOT NULL);
"""


def open_card(path: Path) -> tuple[sqlite3.Connection, bool]:
    """Open the file, and say whether it was damaged and begun anew. Raises sqlite3.Error."""
    path.with_suffix(".damaged").unlink(
        missing_ok=True
    )  # earlier versions put it aside; nobody read it, and tags are in it
    try:
        return _private(path), False
    except sqlite3.DatabaseError as fault:
        if isinstance(fault, sqlite3.OperationalError):
            raise  # no folder, no rights, no room: another file would fare no better
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        return _private(path), True


def owner_of(db: sqlite3.Connection) -> GatewayAddress | None:
    """Return the gateway whose messages these are, None where that was never said."""
    row = db.execute("SELECT store, gateway FROM owner").fetchone()
    return None if row is None else GatewayAddress(*row)


def make_owner(db: sqlite3.Connection, address: GatewayAddress) -> None:
    """Say whose messages these are from now on."""
    db.execute("INSERT OR REPLACE INTO owner VALUES (1, ?, ?)", address)


def connect(where: Path | str) -> sqlite3.Connection:
    """Return a connection with everything in place. Raises sqlite3.Error."""
    db = sqlite3.connect(where, isolation_level=None, check_same_thread=False)
    db.text_factory = lambda raw: raw.decode(
        errors="replace"
    )  # a garbled letter is one row's trouble, not the file's
    try:
        db.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.executescript(_SCHEMA)
        if db.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("damaged")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _private(path: Path) -> sqlite3.Connection:
    db = connect(path)
    path.chmod(0o600)
    return db
