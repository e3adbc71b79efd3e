"""A whole copy of the database while it runs, and back again (sqlite.org/backup.html).

Three things must not come back with an old copy: what was promised since to the contrary (store_server.promises), messages
that went out since, and leases of processes long gone.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlmodel import col, delete, update

from protocol.instants import Instant
from store_server.db.migrate import faults, upgrade
from store_server.db.session import open_database, writing
from store_server.db.tables import Audit, Lease, Outbox
from store_server.promises import RESTORED, Promises, keep_promises, read_promises

PRIVATE = 0o600
UNSENT = ("queued", "leased")
UNREADABLE = (
    "the database before could not be read, or not all of it: who was erased or withdrew a consent since the copy"
    " has to be erased or to withdraw again by hand"
)


class BackupFault(Exception):
    """What keeps a copy from being made or put back, in words for whoever runs the command."""


def back_up(database: Path, out: Path) -> int:
    """Write a consistent, checked copy and return its bytes; the server may run. Raises BackupFault."""
    if not database.exists():
        raise BackupFault(f"{database}: expected a database, got no file")
    unfinished = out.with_name(f"{out.name}.unfinished")
    _copy(database, unfinished)
    unfinished.replace(out)
    _keep(out.parent)
    return out.stat().st_size


def restore(copy: Path, database: Path, aside: Path, now: Instant) -> list[str]:
    """Put a copy in the database's place, which moves aside; return what was done to the copy. Raises BackupFault."""
    if not copy.exists():
        raise BackupFault(f"{copy}: expected a copy made by `aislecue db backup`, got no file")
    _refuse_in_use(database)
    fresh = database.with_name(f"{database.name}.restoring")
    database.parent.mkdir(parents=True, exist_ok=True)
    _copy(copy, fresh)
    promises = read_promises(database)
    done = _make_current(fresh, promises, now)
    for journal in ("", "-wal", "-shm"):  # a damaged database keeps its journal, which must not meet the copy
        old = database.with_name(database.name + journal)
        if old.exists():
            old.replace(aside.with_name(aside.name + journal))
    fresh.replace(database)
    _keep(database.parent)
    return done if promises.whole else [*done, UNREADABLE]


def _copy(source: Path, target: Path) -> None:
    """Copy page by page into one file without a journal beside it, and check it."""
    target.unlink(missing_ok=True)
    target.touch(mode=PRIVATE)
    try:
        read_only = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
        with closing(read_only) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")
            new.execute("SELECT version_num FROM alembic_version")  # ours, not just anybody's
            verdict = new.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as fault:
        raise BackupFault(f"{source}: expected a database of a store server, got: {fault}") from fault
    if verdict != "ok":
        raise BackupFault(f"{source}: expected a sound database, got {verdict}")
    _keep(target)


def _make_current(path: Path, promises: Promises, now: Instant) -> list[str]:
    engine = open_database(path)
    try:
        upgrade(engine)
        found = faults(engine)
        if found:
            raise BackupFault(f"{path}: {'; '.join(found)}")
        with writing(engine) as session:
            cancelled = update(Outbox).where(col(Outbox.state).in_(UNSENT))
            messages = session.exec(
                cancelled.values(state="cancelled", reason=RESTORED, changed_at=now)
            ).rowcount
            # After it: what may have gone out since gives nothing back to a budget.
            kept = keep_promises(session, promises, now)
            session.exec(delete(Lease))
            session.add(Audit(at=now, actor="aislecue db", action="restore", subject=path.stem))
    finally:
        engine.dispose()
    return [
        *kept,
        f"unsent messages cancelled, since they may have gone out: {messages}",
    ]


def _refuse_in_use(database: Path) -> None:
    """Raise BackupFault where another process has the database open: leaving WAL asks to be alone."""
    if not database.exists():
        return
    with closing(sqlite3.connect(database, timeout=0)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError as fault:
            raise BackupFault(f"{database}: expected a stopped server, got a database in use") from fault
        except sqlite3.DatabaseError:
            return  # damaged, which is why a copy is wanted


def _keep(path: Path) -> None:
    """Return once a file, or the names in a folder, would survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
