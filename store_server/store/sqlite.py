"""SQLite behind the store port: one writer thread, synchronous=FULL, group commit.

While one commit waits for the disk, works queue up and share the next: under load a commit carries many, alone it
waits for nobody.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from store_server.db.session import BUSY_TIMEOUT_S, prepare_connection
from store_server.store.errors import StoreClosed, StoreFault
from store_server.store.port import Transaction, Work
from store_server.store.sqlite_coupons import SqliteCoupons
from store_server.store.sqlite_floor import SqliteFloor
from store_server.store.sqlite_shoppers import SqliteShoppers

T = TypeVar("T")

GROUP_MAX = 256
"""Works of one commit: keeps a commit under 10 ms of work at 30 us a work, the longest anyone waits for others."""


class SqliteTransaction(SqliteShoppers, SqliteFloor, SqliteCoupons):
    """All parts on one connection."""


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Transaction], Any]
    done: "Future[Any]"


class SqliteStore:
    """The store port on one SQLite file; use it as an async context."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def __aenter__(self) -> Self:
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._write, args=(opened,), name="store-writer", daemon=True)
        self._thread.start()
        await asyncio.wrap_future(opened)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        thread, self._thread = self._thread, None
        self._jobs.put(None)
        if thread is not None:
            await asyncio.to_thread(thread.join)

    async def transact(self, work: Work[T]) -> T:
        """Run `work` and return its result once durable. Raises what it raised, or StoreError."""
        if self._thread is None:
            raise StoreClosed("an open store expected, got one not opened or already closed")
        job = _Job(work, Future())
        self._jobs.put(job)
        result: T = await asyncio.wrap_future(job.done)
        return result

    def _write(self, opened: "Future[None]") -> None:
        try:
            connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S)
            prepare_connection(connection)
        except sqlite3.Error as fault:
            opened.set_exception(fault)
            return
        opened.set_result(None)
        try:
            while (first := self._jobs.get()) is not None:
                _commit(connection, self._group(first))
        finally:
            connection.close()

    def _group(self, first: _Job) -> list[_Job]:
        jobs = [first]
        while len(jobs) < GROUP_MAX:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:  # closing: after this group
                self._jobs.put(None)
                break
            jobs.append(job)
        return jobs


def _commit(connection: sqlite3.Connection, jobs: list[_Job]) -> None:
    """Run a group in one transaction; a work that raises is undone alone, a commit that fails fails all."""
    jobs = [job for job in jobs if job.done.set_running_or_notify_cancel()]
    try:
        connection.execute("BEGIN IMMEDIATE")
        settled = [_run(connection, job) for job in jobs]
        connection.execute("COMMIT")
    except sqlite3.Error as fault:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        failure = StoreFault(str(fault))
        failure.__cause__ = fault
        for job in jobs:
            job.done.set_exception(failure)
        return
    for settle in settled:
        settle()


def _run(connection: sqlite3.Connection, job: _Job) -> Callable[[], None]:
    """Run one work under a savepoint; return how to tell its caller after the commit."""
    connection.execute("SAVEPOINT work")
    try:
        result = job.work(SqliteTransaction(connection))
    except sqlite3.OperationalError:
        raise  # the disk or the lock, not this work: nothing of the group is kept
    except Exception as fault:  # noqa: BLE001  (it is the caller's, who gets it)
        error = fault
        connection.execute("ROLLBACK TO work")
        connection.execute("RELEASE work")
        return lambda: job.done.set_exception(error)
    connection.execute("RELEASE work")
    return lambda: job.done.set_result(result)
