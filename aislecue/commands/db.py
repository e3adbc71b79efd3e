"""`aislecue db`: bring the database to this version, or say what keeps it from running (SPEC 6)."""

import argparse
import sys
from pathlib import Path

HELP = """example:
  aislecue db upgrade --data-dir /var/lib/aislecue
  aislecue db check --data-dir /var/lib/aislecue

`check` exits 1 where this version would not run on the database, and says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("upgrade", "check"))
    add_data_dir(parser)


def add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data-dir", type=Path, metavar="DIR", help="where the database is (AISLECUE_DATA_DIR)"
    )


def run(args: argparse.Namespace) -> int:
    from store_server.db.migrate import faults, upgrade
    from store_server.db.session import open_database
    from store_server.settings import read_settings

    path = read_settings(data_dir=args.data_dir).database
    if args.action == "check" and not path.exists():
        print(f"{path}: expected a database, got no file: run aislecue db upgrade", file=sys.stderr)
        return 1
    database = open_database(path)
    try:
        if args.action == "upgrade":
            upgrade(database)
        found = faults(database)
    finally:
        database.dispose()
    for fault in found:
        print(f"{path}: {fault}", file=sys.stderr)
    return 1 if found else 0
