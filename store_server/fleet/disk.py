"""How full the disk is on which the database lies (db.parts): a full one stops everything that is taken in."""

from sqlmodel import Session

from protocol.instants import Instant
from store_server.db.tables import ServerPart
from store_server.parts import DISK, LOW, WELL, Part, note_part

LOW_BYTES = 1 << 30
"""A day of a busy store and its backup fit; SQLite needs room of its own to give any back."""
ENOUGH_BYTES = LOW_BYTES * 5 // 4
"""Told as mended only here: what is around the bound is one fault, not twenty."""


def note_disk(session: Session, free_bytes: int, now: Instant) -> None:
    """Keep whether there is room."""
    row = session.get(ServerPart, (DISK, ""))
    low = free_bytes < (ENOUGH_BYTES if row is not None and row.state == LOW else LOW_BYTES)
    note_part(session, Part(DISK), LOW if low else WELL, f"{free_bytes >> 20} MB", now)
