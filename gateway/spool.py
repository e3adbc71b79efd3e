"""Presence messages until the server has acknowledged them (SPEC 7, ack): on the card, SQLite, WAL, synchronous=FULL.

A message that is acknowledged within a moment need not touch the card at all: one commit a second would write 1 GB a
day. It is held in memory meanwhile (`hold`), and `settle` puts down whatever has waited.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from gateway.errors import SpoolFault
from protocol.instants import HOUR, Instant
from protocol.seq_ranges import SeqRanges, holds

MAX_BYTES = 64 * 1024 * 1024
"""Payload bytes kept: two days of a gateway that hears a dozen beacons and tells of them every 8 s, as it does unheard."""
MAX_AGE_MS = 72 * HOUR
"""A long weekend without internet; older presence decides nothing and falls under retention."""
PAGE_BYTES = 1024
"""A commit writes whole pages: small ones wear the card four times less than the default."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY, boot TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
  clock_synced INTEGER NOT NULL, payload BLOB NOT NULL, UNIQUE (boot, seq));
CREATE TABLE IF NOT EXISTS dropped (reason TEXT PRIMARY KEY, messages INTEGER NOT NULL);
"""
_COUNT_DROPPED = """
INSERT INTO dropped VALUES (?, ?) ON CONFLICT (reason) DO UPDATE SET messages = messages + excluded.messages
"""
_OLDEST = "SELECT id, length(payload), at, clock_synced FROM messages ORDER BY id LIMIT 1"

T = TypeVar("T")


class Spooled(NamedTuple):
    """One message on the card; ids rise in the order of spooling, over all boots."""

    id: int
    boot: str
    seq: int
    at: Instant
    clock_synced: bool
    payload: bytes


@dataclass(frozen=True, slots=True)
class Bounds:
    """When the oldest messages are given up."""

    max_bytes: int = MAX_BYTES
    max_age_ms: Instant = MAX_AGE_MS


class Spool:
    """What the server has not acknowledged; `add` and `settle` return after their commit. One thread owns the connection."""

    def __init__(self, path: Path, bounds: Bounds | None = None) -> None:
        self._path = path
        self._bounds = bounds or Bounds()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._held: dict[int, Spooled] = {}
        self._depth = 0
        self._bytes = 0
        self._dropped: dict[str, int] = {}
        self._last_id = 0
        self._db: sqlite3.Connection
        self.fault: str | None = None
        """Why the card last failed, until it takes something again."""

    async def open(self) -> "Spool":
        """Open the file, or put a damaged one aside and begin anew. Raises SpoolFault."""
        await self._run(self._open)
        return self

    async def open_in_memory(self) -> None:
        """Do without the card: what is kept then ends with this run."""
        await self._run(self._open_in_memory)

    async def close(self) -> None:
        """Put down what is held and close. Raises SpoolFault where the card takes no more."""
        try:
            await self.settle(self._last_id, None)
        finally:
            await self._run(self._db.close)
            self._thread.shutdown(wait=False)

    def depth(self) -> int:
        """Return how many messages the server has not acknowledged."""
        return self._depth + len(self._held)

    def size_bytes(self) -> int:
        return self._bytes

    def dropped(self) -> dict[str, int]:
        """Return messages given up, by reason, over the life of the card."""
        return dict(self._dropped)

    @property
    def last_id(self) -> int:
        return self._last_id

    async def add(self, message: Spooled, now: Instant | None) -> int:
        """Make a message durable and return its id (`message.id` is ignored). Raises SpoolFault.

        `now` is true time, None while it is not known: then nothing is given up for its age.
        """
        return await self._run(lambda: self._add(message, now))

    async def hold(self, message: Spooled) -> int:
        """Keep a message in memory for the moment in which its ack should come; return its id."""
        return await self._run(lambda: self._hold(message))

    async def settle(self, up_to_id: int, now: Instant | None) -> int:
        """Make what is still held up to an id durable; return how many that were. Raises SpoolFault."""
        if not any(held <= up_to_id for held in self._held):
            return 0
        return await self._run(lambda: self._settle(up_to_id, now))

    async def forget(self, boot: str, ranges: SeqRanges) -> int:
        """Forget what the server has committed; return how many messages that were. Raises SpoolFault."""
        return await self._run(lambda: self._forget(boot, ranges))

    async def after(self, after_id: int, up_to_id: int, limit: int) -> list[Spooled]:
        """Return messages with after_id < id <= up_to_id, oldest first; of a card that cannot be read only those held."""
        return await self._run(lambda: self._after(after_id, up_to_id, limit))

    async def oldest_at(self) -> Instant | None:
        return await self._run(self._oldest_at)

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as fault:
            self.fault = f"spool {self._path}: {fault}"
            raise SpoolFault(self.fault) from fault

    def _open(self) -> None:
        try:
            self._connect()
        except sqlite3.DatabaseError as fault:
            if isinstance(fault, sqlite3.OperationalError):
                raise  # no folder, no rights, no room: another file would fare no better
            self._put_aside()
            self._connect()
            self._db.execute(_COUNT_DROPPED, ("damaged_file", 1))
        self._count()

    def _open_in_memory(self) -> None:
        self._connect_to(":memory:")
        self._count()

    def _count(self) -> None:
        self._depth, self._bytes, self._last_id = self._db.execute(
            "SELECT count(*), coalesce(sum(length(payload)), 0), coalesce(max(id), 0) FROM messages"
        ).fetchone()
        self._dropped |= dict(self._db.execute("SELECT reason, messages FROM dropped"))

    def _connect(self) -> None:
        self._connect_to(self._path)
        self._path.chmod(0o600)

    def _connect_to(self, where: Path | str) -> None:
        self._db = sqlite3.connect(where, isolation_level=None, check_same_thread=False)
        try:
            self._db.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(_SCHEMA)
            if self._db.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("damaged")
        except sqlite3.Error:
            self._db.close()
            raise

    def _put_aside(self) -> None:
        self._path.replace(self._path.with_suffix(".damaged"))
        for suffix in ("-wal", "-shm"):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)

    def _add(self, message: Spooled, now: Instant | None) -> int:
        new = message._replace(id=self._last_id + 1)
        self._write([new], now)
        self._last_id = new.id
        return new.id

    def _hold(self, message: Spooled) -> int:
        self._last_id += 1
        self._held[self._last_id] = message._replace(id=self._last_id)
        return self._last_id

    def _settle(self, up_to_id: int, now: Instant | None) -> int:
        waiting = [held for held in self._held.values() if held.id <= up_to_id]
        self._write(waiting, now)
        for held in waiting:
            del self._held[held.id]
        return len(waiting)

    def _write(self, messages: Sequence[Spooled], now: Instant | None) -> None:
        size = sum(len(message.payload) for message in messages)
        with _Transaction(self._db):
            gone = self._make_room(size, now)
            self._db.executemany("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)", messages)
            if gone:
                self._db.execute(_COUNT_DROPPED, ("bounds", len(gone)))
        self.fault = None
        self._depth += len(messages) - len(gone)
        self._bytes += size - sum(gone)
        if gone:
            self._dropped["bounds"] = self._dropped.get("bounds", 0) + len(gone)

    def _make_room(self, size: int, now: Instant | None) -> list[int]:
        """Delete the oldest beyond the bounds; return their sizes."""
        gone: list[int] = []
        # Instants of a clock that was never set say nothing about age.
        eldest = now - self._bounds.max_age_ms if now is not None else None
        while (row := self._db.execute(_OLDEST).fetchone()) is not None:
            old_id, old_size, at, clock_synced = row
            too_old = eldest is not None and clock_synced and at < eldest
            if not too_old and self._bytes - sum(gone) + size <= self._bounds.max_bytes:
                break
            self._db.execute("DELETE FROM messages WHERE id = ?", (old_id,))
            gone.append(old_size)
        return gone

    def _forget(self, boot: str, ranges: SeqRanges) -> int:
        released = [m.id for m in self._held.values() if m.boot == boot and holds(ranges, m.seq)]
        for held in released:
            del self._held[held]
        gone = self._delete(boot, ranges) if self._depth else []
        self._depth -= len(gone)
        self._bytes -= sum(gone)
        return len(released) + len(gone)

    def _delete(self, boot: str, ranges: SeqRanges) -> list[int]:
        gone: list[int] = []
        with _Transaction(self._db):
            for first, last in ranges:
                rows = self._db.execute(
                    "DELETE FROM messages WHERE boot = ? AND seq BETWEEN ? AND ? RETURNING length(payload)",
                    (boot, first, last),
                )
                gone += [size for (size,) in rows]
        self.fault = None
        return gone

    def _after(self, after_id: int, up_to_id: int, limit: int) -> list[Spooled]:
        rows = self._read(
            "SELECT id, boot, seq, at, clock_synced, payload FROM messages"
            " WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
            (after_id, up_to_id, limit),
        )
        held = [message for message in self._held.values() if after_id < message.id <= up_to_id]
        # Settled in order, so what is held is newer than all on the card.
        return [*map(Spooled._make, rows), *held][:limit]

    def _oldest_at(self) -> Instant | None:
        rows = self._read("SELECT at FROM messages ORDER BY id LIMIT 1", ())
        eldest_held = next(iter(self._held.values()), None)
        return rows[0][0] if rows else (eldest_held.at if eldest_held else None)

    def _read(self, query: str, values: tuple[int, ...]) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as fault:
            # What is live must not wait for a dead card.
            self.fault = f"spool {self._path}: {fault}"
            return []


class _Transaction:
    """BEGIN IMMEDIATE, then COMMIT, or ROLLBACK where anything was raised."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._db.execute("COMMIT")
        elif self._db.in_transaction:
            # A full disk has rolled back by itself.
            self._db.execute("ROLLBACK")
