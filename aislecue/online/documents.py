"""Documents between files and the server's database, for `aislecue plan` and `aislecue campaigns`."""

import getpass
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from aislecue.offline.documents import campaign_files, read_text
from protocol.errors import BadInput, Problem
from protocol.instants import Instant
from store_server.applying import Applied, File, Kept, exported, read_file
from store_server.clock import WallClock
from store_server.db.migrate import upgrade
from store_server.db.session import open_database, reading, writing
from store_server.settings import read_settings

Apply: TypeAlias = Callable[[Session, Sequence[File], str, Instant], list[Applied]]
Running: TypeAlias = Callable[[Session], dict[str, Kept]]


class _DryRun(Exception):
    """Undoes what was only shown."""


def documents_in(paths: Sequence[Path]) -> list[Path]:
    """Return the files named, and those directly in the folders named, in order. Raises BadInput."""
    return [one for path in paths for one in campaign_files(path)]


def apply_files(data_dir: Path | None, paths: Sequence[Path], apply: Apply, *, dry_run: bool) -> int:
    """Apply files and print what changed. Raises BadInput, and then nothing is applied."""
    files = [read_file(str(path), read_text(path)) for path in paths]
    applied: list[Applied] = []
    with open_server_database(data_dir, create=True) as database:
        try:
            with writing(database) as session:
                applied = apply(session, files, getpass.getuser(), WallClock().now())
                if dry_run:
                    raise _DryRun
        except _DryRun:
            pass
    for change in applied:
        print(change.difference, end="")
        print(f"{change.id}: revision {change.revision}{' would be applied' if dry_run else ''}")
    if not applied:
        print("nothing to change")
    return 0


def export_one(data_dir: Path | None, running: Running, name: str, out: Path) -> int:
    """Write one document to a file, or to standard output as `-`."""
    with open_server_database(data_dir) as database, reading(database) as session:
        found = running(session).get(name)
    if found is None:
        print(f"{name}: expected a plan in the database, got none of this name", file=sys.stderr)
        return 1
    if str(out) == "-":
        sys.stdout.write(exported(found))
    else:
        out.write_text(exported(found), encoding="utf-8")
    return 0


def export_all(data_dir: Path | None, running: Running, out: Path) -> int:
    """Write every document into a folder, one file each."""
    with open_server_database(data_dir) as database, reading(database) as session:
        found = running(session)
    out.mkdir(parents=True, exist_ok=True)
    for name, kept in found.items():
        (out / f"{name}.yaml").write_text(exported(kept), encoding="utf-8")
    print(f"{len(found)} files in {out}")
    return 0


@contextmanager
def open_server_database(data_dir: Path | None, *, create: bool = False) -> Iterator[Engine]:
    """Open the database of this deployment, brought to this version. Raises BadInput where there is none to open."""
    path = read_settings(data_dir=data_dir).database
    if not create and not path.exists():
        raise BadInput(Problem(str(path), None, "a database", "no file: aislecue db upgrade makes one"))
    database = open_database(path)
    try:
        with refusing_others(path):
            upgrade(database)
        yield database
    finally:
        database.dispose()


@contextmanager
def refusing_others(path: Path) -> Iterator[None]:
    """Tell a file that is none of ours, or cannot be opened, by its name. Raises BadInput."""
    try:
        yield
    except DatabaseError as fault:
        raise BadInput(Problem(str(path), None, "a database of a store server", str(fault.orig))) from fault
