"""Sightings of any number in order: at, id, shopper; doubles and ignored ones left out (SPEC 4.1)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from aislecue.offline.doubles import Doubles
from aislecue.offline.lines import Malformed, raw_lines
from aislecue.offline.sorting import Row, Sorter
from campaigns.shopper import Shopper
from campaigns.snapshot import BeaconPlace, Snapshot
from protocol.identity import BeaconIdentity, parse_uuid
from protocol.instants import parse_instant
from protocol.sighting import BANDS, RANGED, Sighting, SightingLine

BATCH = 10_000

Written = tuple[str, int, int, str | None, str | None]
"""UUID, major, minor, proximity and kind as a line has them: a store has few of these, so each is understood once."""


class _Perceived(NamedTuple):
    """What a sighting says but for who, when and its id."""

    identity: BeaconIdentity
    place: BeaconPlace
    band: int
    kind: str


class SortedSightings:
    """The counting sightings of some files; read once, then iterate. `ignored` counts the others by reason."""

    def __init__(self, snapshot: Snapshot, shoppers: Mapping[str, Shopper]) -> None:
        self._snapshot = snapshot
        self._consenting = {s.id: s.id for s in shoppers.values() if s.consents("proximity")}
        """Id -> the one copy of it that rows share."""
        self._perceived: list[_Perceived] = []
        self._numbers: dict[Written, int] = {}
        self.ignored: Counter[str] = Counter({"doubled": 0})
        self.accepted = 0
        self._lines = 0
        self._sorter, self._doubles = Sorter(), Doubles()

    def read(self, path: Path) -> None:
        """Take in a file. Raises BadInput with every malformed line."""
        batch: list[Row] = []
        for row in self._rows(path):
            batch.append(row)
            if len(batch) >= BATCH:
                self._take(batch)
                batch = []
        self._take(batch)

    def _rows(self, path: Path) -> Iterator[Row]:
        # One loop with everything at hand, since one more call a line is a tenth of the reading.
        decode = msgspec.json.Decoder(SightingLine).decode
        numbers, consenting, ignored = self._numbers, self._consenting, self.ignored
        malformed = Malformed(path, "a sighting")
        line_no, before = 0, self._lines
        for line_no, line in enumerate(raw_lines(path), 1):
            try:
                one = decode(line)
                if not one.shopper:
                    raise ValueError("no shopper")
                at = parse_instant(one.at)
                number = numbers.get((one.uuid, one.major, one.minor, one.proximity, one.kind))
                if number is None:
                    number = self._number(one)
            except ValueError as fault:  # msgspec's are too
                malformed.note(line_no, line, fault)
                continue
            shopper = consenting.get(one.shopper)
            if number is None:
                ignored["unknown_beacon"] += 1
            elif shopper is None:
                ignored["no_consent"] += 1
            else:
                yield at, one.id, shopper, before + line_no, number
        self._lines += line_no
        malformed.tell()

    def _take(self, batch: list[Row]) -> None:
        self.accepted += len(batch)
        self._doubles.note(batch)
        self._sorter.add(batch)

    def _number(self, one: SightingLine) -> int | None:
        """Give what a line says a number, or none where its beacon is unknown. Raises ValueError."""
        identity = BeaconIdentity(parse_uuid(one.uuid), one.major, one.minor)
        place = self._snapshot.zone_of(identity)
        if place is None:
            return None
        number = self._numbers[one.uuid, one.major, one.minor, one.proximity, one.kind] = len(self._perceived)
        self._perceived.append(
            _Perceived(identity, place, BANDS[one.proximity or "unknown"], one.kind or RANGED)
        )
        return number

    def __iter__(self) -> Iterator[tuple[Sighting, BeaconPlace]]:
        perceived = self._perceived
        # Of doubles the earlier instant counts, then the first in the files: the order of the rows.
        for at, id_, shopper, _, number in self._doubles.without(self._sorter):
            identity, place, band, kind = perceived[number]
            yield Sighting(id_, at, shopper, identity, band, kind), place
        self.ignored["doubled"] += self._doubles.dropped
        self.accepted -= self._doubles.dropped

    def close(self) -> None:
        self._sorter.close()
        self._doubles.close()
