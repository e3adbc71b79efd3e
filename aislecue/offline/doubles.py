"""Which of many sightings came before, exactly, in memory that does not grow with their number (SPEC 4.1).

A table of counts by hash tells the many that cannot be doubled from the few that may be; only those are looked up by name.
"""

import sqlite3
from collections.abc import Iterable

from aislecue.offline.sorting import Row

SLOTS = 1 << 25
"""32 MiB: of a million sightings three in a hundred are looked up for nothing; more only make it slower.

A sighting's slot is its hash, of shopper and id, modulo this: the same for its doubles, and for few others.
"""
ONCE, MORE = 1, 2
CACHE_KIB = 16 * 1024


class Doubles:
    """First note every sighting, in any order; then take out those whose shopper and id came before."""

    def __init__(self) -> None:
        self._counts = bytearray(SLOTS)
        self.dropped = 0
        # An unnamed database lives in memory and moves to a temporary file when it outgrows its cache.
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute(
            "CREATE TABLE came (shopper INTEGER, id TEXT, PRIMARY KEY (shopper, id)) WITHOUT ROWID"
        )
        self._db.execute("BEGIN")

    def note(self, rows: Iterable[Row]) -> None:
        counts = self._counts
        for row in rows:
            slot = row[-1]
            counts[slot] = MORE if counts[slot] else ONCE

    def without(self, rows: Iterable[Row]) -> list[Row]:
        """Return the first row of each shopper and id, of these and those asked about before."""
        counts = self._counts
        return [row for row in rows if counts[row[-1]] <= ONCE or self._comes_first(row)]

    def _comes_first(self, row: Row) -> bool:
        _, id_, shopper, _, _, _ = row
        new = self._db.execute("INSERT OR IGNORE INTO came VALUES (?, ?)", (shopper, id_)).rowcount
        self.dropped += not new
        return bool(new)

    def close(self) -> None:
        self._db.close()
