"""Presence messages until the server has acknowledged them (SPEC 7, ack): in memory first, then on the card.

On the card: SQLite, WAL, synchronous=FULL. A message that is acknowledged within a moment never touches it, for one commit a
second would write 1 GB a day. It is held in memory meanwhile (`hold`), and `settle` puts down together whatever has waited.
"""

import asyncio
import logging
import sqlite3
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from gateway.batch import Batch, Row, Spooled, known, pack, sort_out, unpack
from gateway.card import connect, make_owner, open_card, owner_of
from gateway.errors import SpoolFault
from gateway.transaction import Transaction
from protocol.instants import HOUR, Instant
from protocol.seq_ranges import SeqRanges, holds
from protocol.topics import GatewayAddress

MAX_BYTES = 64 * 1024 * 1024
"""Compressed: six days of a gateway that hears 200 beacons, a month of one that hears a dozen."""
MAX_AGE_MS = 72 * HOUR
"""A long weekend without internet; older presence decides nothing and falls under retention."""
SWEEP_AT = 64
"""Acknowledged rows that are deleted together. What a power cut leaves of them is sent twice, and the server knows it."""
NO_OFFSETS: Mapping[str, int] = MappingProxyType({})

_COUNT_DROPPED = """
INSERT INTO dropped VALUES (?, ?) ON CONFLICT (reason) DO UPDATE SET messages = messages + excluded.messages
"""
_BATCHES = "SELECT id, boot, seqs, at, clock_synced, length(body) FROM batches ORDER BY id"

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bounds:
    """When the oldest messages are given up."""

    max_bytes: int = MAX_BYTES
    max_age_ms: Instant = MAX_AGE_MS


class _Held(NamedTuple):
    since: Instant
    message: Spooled


class Spool:
    """What the server has not acknowledged; `settle` returns after its commit. One thread owns the connection."""

    def __init__(
        self, path: Path, bounds: Bounds | None = None, *, owner: GatewayAddress | None = None
    ) -> None:
        self._path, self._owner = path, owner
        self._bounds = bounds or Bounds()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._held: dict[int, _Held] = {}
        self._batches: list[Batch] = []
        """Rows with a message that waits, oldest first."""
        self._spent: list[int] = []
        """Rows of which every message is acknowledged, still to be deleted."""
        self._dropped: dict[str, int] = {}
        self._last_id = 0
        self._db: sqlite3.Connection
        self.fault: str | None = None
        """Why the card last failed, until it takes something again."""

    async def open(self) -> "Spool":
        """Open the file, or begin anew where it is damaged. Raises SpoolFault."""
        await self._run(self._open)
        return self

    async def open_in_memory(self) -> None:
        """Do without the card: what is kept then ends with this run."""
        await self._run(self._open_in_memory)

    async def close(self) -> None:
        """Put down what is held and close. Raises SpoolFault where the card takes no more."""
        try:
            await self.settle(None)
            await self._run(self._sweep)
        finally:
            await self._run(self._db.close)
            self._thread.shutdown(wait=False)

    def depth(self) -> int:
        """Return how many messages the server has not acknowledged."""
        return sum(batch.depth() for batch in self._batches) + len(self._held)

    def size_bytes(self) -> int:
        """Return what the messages on the card take, compressed."""
        return sum(batch.size for batch in self._batches)

    def dropped(self) -> dict[str, int]:
        """Return messages given up, by reason, over the life of the card."""
        return dict(self._dropped)

    @property
    def last_id(self) -> int:
        return self._last_id

    @property
    def settled_id(self) -> int:
        """Return the newest id on the card; what is newer is only held, and no older than a moment."""
        return self._batches[-1].id if self._batches else 0

    def held_since(self) -> Instant | None:
        """Return when the oldest message that is only in memory was held, by the caller's clock."""
        return next((held.since for held in list(self._held.values())), None)

    async def hold(self, message: Spooled, now: Instant) -> int:
        """Keep a message in memory for the moment in which its ack should come; return its id (`message.id` is ignored)."""
        return await self._run(lambda: self._hold(message, now))

    async def settle(self, now: Instant | None, offsets: Mapping[str, int] = NO_OFFSETS) -> int:
        """Make all that is held durable, in one commit; return how many messages that were. Raises SpoolFault.

        `now` is true time, None while it is not known: then nothing is given up for its age. `offsets` say, boot by boot,
        what to add to the instants of an unset clock.
        """
        return await self._run(lambda: self._settle(now, offsets)) if self._held else 0

    async def forget(self, boot: str, ranges: SeqRanges) -> int:
        """Forget what the server has committed; return how many messages that were. Raises SpoolFault."""
        return await self._run(lambda: self._forget(boot, ranges))

    async def after(self, after_id: int, up_to_id: int, limit: int) -> list[Spooled]:
        """Return messages with after_id < id <= up_to_id, oldest first; of a card that cannot be read only those held."""
        return await self._run(lambda: self._after(after_id, up_to_id, limit))

    async def oldest_at(self) -> Instant | None:
        """Return about when the oldest message was said: for those on the card, when the newest of its batch was."""
        return await self._run(self._oldest_at)

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as fault:
            self.fault = f"spool {self._path}: {fault}"
            raise SpoolFault(self.fault) from fault

    def _open(self) -> None:
        self._db, anew = open_card(self._path)
        if anew:
            log.warning("spool: %s was damaged and is begun anew", self._path)
            self._drop("damaged_file", 1)
        self._look_through()

    def _open_in_memory(self) -> None:
        self._db = connect(":memory:")
        self._look_through()

    def _look_through(self) -> None:
        self._batches, damaged = sort_out(self._db.execute(_BATCHES))
        self._last_id = max([*damaged, *(batch.id for batch in self._batches)], default=0)
        self._dropped |= dict(self._db.execute("SELECT reason, messages FROM dropped"))
        if damaged:
            log.warning("spool: %d damaged batches are dropped", len(damaged))
            with Transaction(self._db):
                self._delete(damaged)
                self._drop("damaged_batch", len(damaged))
        if self._owner is not None and self._owner != (before := owner_of(self._db)):
            self._take_over(self._owner, before)

    def _take_over(self, owner: GatewayAddress, before: GatewayAddress | None) -> None:
        """Make the card this gateway's; what another one said must not be told in its name."""
        with Transaction(self._db):
            make_owner(self._db, owner)
            # An earlier version did not say whose the card is.
            if before is not None and self._batches:
                log.warning(
                    "spool: %d messages of %s are dropped: this is %s now",
                    self.depth(),
                    "/".join(before),
                    "/".join(owner),
                )
                self._delete([batch.id for batch in self._batches])
                self._drop("another_gateway", self.depth())
        if before is not None:
            self._batches = []

    def _hold(self, message: Spooled, now: Instant) -> int:
        self._last_id += 1
        self._held[self._last_id] = _Held(now, message._replace(id=self._last_id))
        return self._last_id

    def _settle(self, now: Instant | None, offsets: Mapping[str, int]) -> int:
        messages = [held.message for held in self._held.values()]
        self._write(pack(messages), now, offsets)
        self._held.clear()
        return len(messages)

    def _write(self, rows: Sequence[Row], now: Instant | None, offsets: Mapping[str, int]) -> None:
        gone = self._beyond_bounds(sum(len(row.body) for row in rows), now, offsets)
        lost = sum(batch.depth() for batch in gone)
        with Transaction(self._db):
            self._delete([*self._spent, *(batch.id for batch in gone)])
            self._db.executemany("INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?)", rows)
            if lost:
                self._drop("bounds", lost)
        self.fault = None
        self._spent.clear()
        ended = {batch.id for batch in gone}
        stays = [batch for batch in self._batches if batch.id not in ended]
        self._batches = stays + [known(*row[:5], len(row.body)) for row in rows]

    def _beyond_bounds(self, size: int, now: Instant | None, offsets: Mapping[str, int]) -> list[Batch]:
        """Return the batches that are too old, and the oldest that have to go for so many bytes more."""
        over = self.size_bytes() + size - self._bounds.max_bytes
        gone: list[Batch] = []
        for batch in self._batches:
            # Instants of a clock that was never set say nothing about age; those behind it may be too old all the same.
            said_at = batch.true_at(offsets)
            too_old = now is not None and said_at is not None and said_at < now - self._bounds.max_age_ms
            if too_old or over > 0:
                over -= batch.size
                gone.append(batch)
        return gone

    def _drop(self, reason: str, messages: int) -> None:
        self._db.execute(_COUNT_DROPPED, (reason, messages))
        self._dropped[reason] = self._dropped.get(reason, 0) + messages

    def _forget(self, boot: str, ranges: SeqRanges) -> int:
        released = [
            id_
            for id_, (_, message) in self._held.items()
            if message.boot == boot and holds(ranges, message.seq)
        ]
        for held in released:
            del self._held[held]
        low, high = (
            min((first for first, _ in ranges), default=0),
            max((last for _, last in ranges), default=0),
        )
        touched = [batch for batch in self._batches if batch.boot == boot and batch.meets(low, high)]
        forgotten = sum(batch.forget(ranges) for batch in touched)
        self._spend([batch for batch in touched if not batch.waiting])
        return len(released) + forgotten

    def _spend(self, done: Sequence[Batch]) -> None:
        """Let batches go that have nothing more to say: several at once, but the last ones now, for they are nobody's to keep."""
        if done:
            self._spent += [batch.id for batch in done]
            self._batches = [batch for batch in self._batches if batch.waiting]
        if len(self._spent) >= SWEEP_AT or not self._batches:
            self._sweep()

    def _sweep(self) -> None:
        if self._spent:
            with Transaction(self._db):
                self._delete(self._spent)
            self.fault = None
            self._spent.clear()

    def _delete(self, ids: Sequence[int]) -> None:
        self._db.executemany("DELETE FROM batches WHERE id = ?", [(id_,) for id_ in ids])

    def _after(self, after_id: int, up_to_id: int, limit: int) -> list[Spooled]:
        found: list[Spooled] = []
        first = bisect_right(self._batches, after_id, key=lambda batch: batch.id)
        try:
            for batch in self._batches[first:]:
                if len(found) >= limit:
                    break
                found += [one for one in self._read(batch) if after_id < one.id <= up_to_id]
        except sqlite3.Error as fault:
            # What is live must not wait for a dead card.
            self.fault = f"spool {self._path}: {fault}"
        # Settled in order, so what is held is newer than all on the card.
        held = [one for _, one in self._held.values() if after_id < one.id <= up_to_id]
        return [*found, *held][:limit]

    def _read(self, batch: Batch) -> list[Spooled]:
        row = self._db.execute("SELECT body FROM batches WHERE id = ?", (batch.id,)).fetchone()
        try:
            return [one for one in unpack(row[0] if row else b"") if holds(batch.waiting, one.seq)]
        except ValueError:
            self._drop("damaged_batch", batch.depth())
            batch.waiting = ()
            self._spend([batch])
            return []

    def _oldest_at(self) -> Instant | None:
        if self._batches:
            return self._batches[0].at
        return next((message.at for _, message in self._held.values()), None)
