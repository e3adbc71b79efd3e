"""`aislecue db`: bring the database to this version, say what keeps it from running, copy it, put a copy back (SPEC 6)."""

import argparse
import sys
from pathlib import Path

HELP = """example:
  aislecue db upgrade --data-dir /var/lib/aislecue
  aislecue db check --data-dir /var/lib/aislecue
  aislecue db backup --file /mnt/backup/aislecue.db
  aislecue db restore --file /mnt/backup/aislecue.db

`check` exits 1 where this version would not run on the database, and says why. `backup` makes a whole, checked copy while
the server runs. `restore` asks for a stopped server; the database before is moved aside, shoppers erased since the copy
are erased again, consents withdrawn since are withdrawn again, budgets and one-time codes stay spent, and messages that the copy shows as unsent are cancelled, since they may have gone out."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action", choices=("upgrade", "check", "backup", "restore"), help="what to do, see below"
    )
    parser.add_argument("--file", type=Path, metavar="FILE", help="the copy, for backup and restore")
    add_data_dir(parser)


def add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data-dir", type=Path, metavar="DIR", help="where the database is (AISLECUE_DATA_DIR)"
    )


def run(args: argparse.Namespace) -> int:
    from aislecue.online.documents import refusing_others
    from store_server.db.migrate import faults, upgrade
    from store_server.db.session import open_database
    from store_server.settings import read_settings

    path = read_settings(data_dir=args.data_dir).database
    if args.action in ("backup", "restore"):
        return _copy(args.action, path, args.file)
    if args.action == "check" and not path.exists():
        print(f"{path}: expected a database, got no file: run aislecue db upgrade", file=sys.stderr)
        return 1
    database = open_database(path)
    try:
        with refusing_others(path):
            if args.action == "upgrade":
                upgrade(database)
            found = faults(database)
    finally:
        database.dispose()
    for fault in found:
        print(f"{path}: {fault}", file=sys.stderr)
    return 1 if found else 0


def _copy(action: str, database: Path, file: Path | None) -> int:
    from protocol.instants import format_instant
    from store_server.backup import BackupFault, back_up, restore
    from store_server.clock import WallClock

    if file is None:
        print(f"aislecue db {action}: expected --file FILE, got none", file=sys.stderr)
        return 2
    now = WallClock().now()
    aside = database.with_name(f"{database.name}.before-{format_instant(now).replace(':', '')}")
    try:
        if action == "backup":
            print(f"{file}: {back_up(database, file):,} bytes")
            print(
                f"{database.parent}: its key files (*.key, *.pem) belong into the backup too", file=sys.stderr
            )
            return 0
        for line in restore(file, database, aside, now):
            print(line)
    except BackupFault as fault:
        print(fault, file=sys.stderr)
        return 1
    print(f"{database}: restored" + (f"; the one before is {aside}" if aside.exists() else ""))
    return 0
