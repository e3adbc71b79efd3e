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
from protocol.identity import BeaconIdentity, parse_uuid
from protocol.instants import Instant, parse_instant
from protocol.sighting import BANDS, RANGED, Sighting, SightingLine

BATCH = 10_000
UNKNOWN_BEACON = -1
CACHE_KIB = 32 * 1024

_SCHEMA = "CREATE TABLE seen (seq INTEGER PRIMARY KEY, at INT, id TEXT, shopper TEXT, beacon INT, band INT, kind TEXT)"
_INSERT = "INSERT INTO seen (at, id, shopper, beacon, band, kind) VALUES (?, ?, ?, ?, ?, ?)"
_DOUBLED = "CREATE TABLE doubled AS SELECT shopper, id FROM seen GROUP BY shopper, id HAVING count(*) > 1"
# Of doubles the earlier instant counts, then the first in the file.
_DROP_DOUBLES = """
DELETE FROM seen WHERE seq IN (
  SELECT seq FROM (
    SELECT seq, row_number() OVER (PARTITION BY shopper, id ORDER BY at, seq) AS nth
    FROM seen JOIN doubled USING (shopper, id)
  ) WHERE nth > 1
)
"""
_ORDERED = "SELECT id, at, shopper, beacon, band, kind FROM seen ORDER BY at, id, shopper"


class SortedSightings:
    """The counting sightings of some files; read once, then iterate. `ignored` counts the others by reason."""

    def __init__(self, snapshot: Snapshot, shoppers: Mapping[str, Shopper]) -> None:
        self._snapshot = snapshot
        self._consenting = frozenset(s.id for s in shoppers.values() if s.consents("proximity"))
        self._beacons: list[tuple[BeaconIdentity, BeaconPlace]] = []
        self._beacon_nos: dict[tuple[str, int, int], int] = {}
        """An identity as it is written -> its place in the list; foreign ones are remembered too."""
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

        def read(line: bytes) -> tuple[object, ...] | None:
            one = decode(line)
            if not one.shopper:
                raise ValueError("no shopper")
            return self._row(one, parse_instant(one.at))

        batch: list[tuple[object, ...]] = []
        for _, row in read_lines(path, read, "a sighting"):
            if row is None:
                continue
            batch.append(row)
            if len(batch) >= BATCH:
                self._insert(batch)
        self._insert(batch)

    def _row(self, one: SightingLine, at: Instant) -> tuple[object, ...] | None:
        written = (one.uuid, one.major, one.minor)
        beacon = self._beacon_nos.get(written)
        if beacon is None:
            beacon = self._beacon_nos[written] = self._number(
                BeaconIdentity(parse_uuid(one.uuid), one.major, one.minor)
            )
        if beacon == UNKNOWN_BEACON:
            self.ignored["unknown_beacon"] += 1
            return None
        if one.shopper not in self._consenting:
            self.ignored["no_consent"] += 1
            return None
        return (at, one.id, one.shopper, beacon, BANDS[one.proximity or "unknown"], one.kind or RANGED)

    def _number(self, identity: BeaconIdentity) -> int:
        place = self._snapshot.zone_of(identity)
        if place is None:
            return UNKNOWN_BEACON
        self._beacons.append((identity, place))
        return len(self._beacons) - 1

    def _insert(self, batch: list[tuple[object, ...]]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany(_INSERT, batch)
        self._db.execute("COMMIT")
        self.accepted += len(batch)
        batch.clear()

    def __iter__(self) -> Iterator[tuple[Sighting, BeaconPlace]]:
        self._db.execute(_DOUBLED)
        dropped = self._db.execute(_DROP_DOUBLES).rowcount
        self._db.execute("DROP TABLE doubled")
        self.ignored["doubled"] += dropped
        self.accepted -= dropped
        beacons = self._beacons
        with closing(self._db.execute(_ORDERED)) as rows:
            for id_, at, shopper, beacon, band, kind in rows:
                identity, place = beacons[beacon]
                yield Sighting(id_, at, shopper, identity, band, kind), place

    def close(self) -> None:
        self._db.close()
