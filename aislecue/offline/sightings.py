"""Sightings of any number in order: at, id, shopper; doubles and ignored ones left out (SPEC 4.1)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import msgspec

from aislecue.offline.doubles import SLOTS, Doubles
from aislecue.offline.lines import read_many
from aislecue.offline.sorting import Row, Sorter
from campaigns.shopper import Shopper
from campaigns.simulate import Perceived, Seen
from campaigns.snapshot import Snapshot
from protocol.identity import BeaconIdentity, parse_uuid
from protocol.instants import parse_instant
from protocol.sighting import BANDS, RANGED, SightingLine

Written = tuple[str, int, int, str | None, str | None]
"""UUID, major, minor, proximity and kind as a line has them: a store has few of these, so each is understood once."""


class SortedSightings:
    """The counting sightings of some files; read once, then iterate. `ignored` counts the others by reason."""

    def __init__(self, snapshot: Snapshot, shoppers: Mapping[str, Shopper]) -> None:
        self._snapshot = snapshot
        self._shoppers = sorted(one.id for one in shoppers.values() if one.consents("proximity"))
        self._numbers = {shopper: number for number, shopper in enumerate(self._shoppers)}
        """Of those who consent: numbers keep the order of ids and are compared, kept and read sooner."""
        self._perceived: list[Perceived] = []
        self._written: dict[Written, int] = {}
        self.ignored: Counter[str] = Counter({"doubled": 0})
        self.accepted = 0
        self._place = 0
        """Of the next line, over all files."""
        self._sorter, self._doubles = Sorter(), Doubles()

    def read(self, path: Path) -> None:
        """Take in a file. Raises BadInput with every malformed line."""
        for rows in read_many(path, msgspec.json.Decoder(SightingLine), self._rows, "a sighting"):
            self.accepted += len(rows)
            self._doubles.note(rows)
            self._sorter.add(rows)

    def _rows(self, lines: list[SightingLine]) -> list[Row]:
        """Return what counts of some lines. Raises ValueError where one is malformed: then the file is refused."""
        # One loop with everything at hand, since one more call a line is a tenth of the reading.
        numbers, written, ignored = self._numbers, self._written, self.ignored
        rows: list[Row] = []
        first, self._place = self._place, self._place + len(lines)
        for place, one in enumerate(lines, first):
            shopper = numbers.get(one.shopper)
            if shopper is None and not one.shopper:
                raise ValueError("no shopper")
            at = parse_instant(one.at)
            what = written.get((one.uuid, one.major, one.minor, one.proximity, one.kind))
            if what is None:
                what = self._number(one)
            if what is None:
                ignored["unknown_beacon"] += 1
            elif shopper is None:
                ignored["no_consent"] += 1
            else:
                id_ = one.id
                rows.append((at, id_, shopper, place, what, hash((shopper, id_)) % SLOTS))
        return rows

    def _number(self, one: SightingLine) -> int | None:
        """Give what a line says a number, or none where its beacon is unknown. Raises ValueError."""
        identity = BeaconIdentity(parse_uuid(one.uuid), one.major, one.minor)
        place = self._snapshot.zone_of(identity)
        if place is None:
            return None
        number = self._written[one.uuid, one.major, one.minor, one.proximity, one.kind] = len(self._perceived)
        self._perceived.append(
            Perceived(identity, place, BANDS[one.proximity or "unknown"], one.kind or RANGED)
        )
        return number

    def __iter__(self) -> Iterator[Seen]:
        return chain.from_iterable(self._seen())

    def _seen(self) -> Iterator[list[Seen]]:
        shoppers, perceived, doubles = self._shoppers, self._perceived, self._doubles
        for rows in self._sorter.blocks():
            # Of doubles the earlier instant counts, then the first in the files: the order of the rows.
            first = doubles.without(rows)
            yield [(at, shoppers[shopper], perceived[what]) for at, _, shopper, _, what, _ in first]
        self.ignored["doubled"] += doubles.dropped
        self.accepted -= doubles.dropped

    def close(self) -> None:
        self._sorter.close()
        self._doubles.close()
