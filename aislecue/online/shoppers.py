"""The server's side of `aislecue shopper`: the same export and erasure as a shopper's own (store_server.privacy)."""

import getpass
import sys
from pathlib import Path

import msgspec

from aislecue.online.documents import open_server_database
from store_server.clock import WallClock
from store_server.db.session import reading, writing
from store_server.privacy.erasure import erase
from store_server.privacy.export import export

PRIVATE = 0o600
"""The file is somebody's whole story with the shop."""


def export_shopper(data_dir: Path | None, shopper: str, out: Path) -> int:
    """Write everything kept of a shopper; return 1 where there is nothing."""
    with open_server_database(data_dir) as database, reading(database) as session:
        everything = export(session, shopper)
    if not everything:
        return _nobody(shopper)
    text = msgspec.json.format(msgspec.json.encode(everything)) + b"\n"
    if str(out) == "-":
        sys.stdout.buffer.write(text)
        return 0
    out.touch(mode=PRIVATE)
    out.chmod(PRIVATE)  # also where the file was there before
    out.write_bytes(text)
    print(f"{sum(map(len, everything.values()))} rows of {len(everything)} tables in {out}")
    return 0


def erase_shopper(data_dir: Path | None, shopper: str) -> int:
    """Delete everything kept of a shopper and say what it was; return 1 where there was nothing."""
    with open_server_database(data_dir) as database:
        with reading(database) as session:
            if not export(session, shopper):
                return _nobody(shopper)
        with writing(database) as session:
            gone = erase(session, shopper, getpass.getuser(), WallClock().now())
    for table, rows in gone.items():
        if rows:
            print(f"{table}: {rows}")
    return 0


def _nobody(shopper: str) -> int:
    print(f"{shopper}: expected a shopper of whom something is kept, got none of this id", file=sys.stderr)
    return 1
