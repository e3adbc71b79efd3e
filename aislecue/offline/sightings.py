"""Sightings of any number in order: at, id, shopper; doubles and ignored ones left out (SPEC 4.1).

SQLite's own sorter works in bounded memory and spills to a temporary file.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import msgspec

from aislecue.offline.lines import read_lines
from campaigns.shopper import Shopper
from campaigns.snapshot import BeaconPlace, Snapshot
from protocol.identity import BeaconIdentity
from protocol.sighting import Sighting, SightingLine

BATCH = 10_000
CACHE_KIB = 32 * 1024

_SCHEMA = "CREATE TABLE seen (seq INTEGER PRIMARY KEY, at INT, id TEXT, shopper TEXT, uuid TEXT, major INT, minor INT, band INT, kind TEXT)"
_INSERT = "INSERT INTO seen (at, id, shopper, uuid, major, minor, band, kind) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
# Of doubles the earlier instant counts, then the first in the file.
_ORDERED = """
SELECT id, at, shopper, uuid, major, minor, band, kind FROM (
  SELECT *, row_number() OVER (PARTITION BY shopper, id ORDER BY at, seq) AS nth FROM seen
) WHERE nth = 1 ORDER BY at, id, shopper
"""


class SortedSightings:
    """The counting sightings of some files; read once, then iterate. `ignored` counts the others by reason."""

    def __init__(self, snapshot: Snapshot, shoppers: Mapping[str, Shopper]) -> None:
        self._snapshot = snapshot
        self._consenting = frozenset(s.id for s in shoppers.values() if s.consents("proximity"))
        self.ignored: Counter[str] = Counter()
        self.accepted = 0
        # An unnamed database lives in memory and moves to a temporary file when it outgrows its cache.
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute(_SCHEMA)

    def read(self, path: Path) -> None:
        """Take in a file. Raises BadInput with every malformed line."""
        decode = msgspec.json.Decoder(SightingLine).decode

        def read(line: bytes) -> Sighting:
            one = decode(line)
            if not one.shopper:
                raise ValueError("no shopper")
            return one.sighting(one.shopper)

        batch: list[tuple[object, ...]] = []
        for _, sighting in read_lines(path, read, "a sighting"):
            if not self._counts(sighting):
                continue
            batch.append(
                (sighting.at, sighting.id, sighting.shopper, *sighting.identity, sighting.band, sighting.kind)
            )
            if len(batch) >= BATCH:
                self._insert(batch)
        self._insert(batch)

    def _counts(self, sighting: Sighting) -> bool:
        if self._snapshot.zone_of(sighting.identity) is None:
            self.ignored["unknown_beacon"] += 1
            return False
        if sighting.shopper not in self._consenting:
            self.ignored["no_consent"] += 1
            return False
        return True

    def _insert(self, batch: list[tuple[object, ...]]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany(_INSERT, batch)
        self._db.execute("COMMIT")
        self.accepted += len(batch)
        batch.clear()

    def __iter__(self) -> Iterator[tuple[Sighting, BeaconPlace]]:
        places: dict[BeaconIdentity, BeaconPlace] = {}
        kept = 0
        with closing(self._db.execute(_ORDERED)) as rows:
            for id_, at, shopper, uuid, major, minor, band, kind in rows:
                identity = BeaconIdentity(uuid, major, minor)
                place = places.get(identity)
                if place is None:
                    found = self._snapshot.zone_of(identity)
                    if found is None:
                        raise AssertionError("only sightings of known beacons are kept")
                    place = places[identity] = found
                kept += 1
                yield Sighting(id_, at, shopper, identity, band, kind), place
        self.ignored["doubled"] += self.accepted - kept
        self.accepted = kept

    def close(self) -> None:
        self._db.close()
