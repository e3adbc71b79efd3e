"""Places of stores as people write them: two fields, or lines of store, latitude, longitude (CSV, RFC 4180). Pure."""

import csv
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from store_server.web.console.words import marked

MOST_LINES = 2_000
FAULTS_TOLD = 10
HEADER = ("store", "latitude", "longitude")
_NUMBER = re.compile(r"[+-]?\d{1,3}([.,]\d{1,10})?")

NO_STORE = marked("there is no such store")
NO_LATITUDE = marked("a latitude from -90 to 90 such as 45.4642, please")
NO_LONGITUDE = marked("a longitude from -180 to 180 such as 9.19, please")
NO_LINE = marked("store, latitude and longitude, please")
TWICE = marked("this store stands there twice")
TOO_MANY = marked("2,000 lines at most, please")


@dataclass(frozen=True, slots=True)
class PlaceFault:
    """What is wrong in a line; `why` is for the catalogue."""

    line: int
    why: str
    got: str


@dataclass(frozen=True, slots=True)
class Places:
    """What was read: a place for each store, or what is wrong."""

    places: Mapping[str, tuple[float, float]]
    faults: tuple[PlaceFault, ...]


def read_degrees(text: str, most: int) -> float | None:
    """Read degrees, with a point or a comma; None where it is none or out of range."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text.replace(",", "."))
    return value if -most <= value <= most else None


def read_places(text: str, stores: Collection[str]) -> Places:
    """Read lines of `store,latitude,longitude`; a semicolon or tab parts them too, then a comma may be the decimal's."""
    lines = text.lstrip("\ufeff").splitlines()
    if len(lines) > MOST_LINES + 1:
        return Places({}, (PlaceFault(MOST_LINES + 2, TOO_MANY, str(len(lines))),))
    places: dict[str, tuple[float, float]] = {}
    faults: list[PlaceFault] = []
    for number, line in enumerate(lines, 1):
        row = _cells(line)
        if not any(row) or (number == 1 and tuple(one.lower() for one in row) == HEADER):
            continue
        read = _place(row, stores)
        why = read if isinstance(read, str) else TWICE if row[0] in places else None
        if why is not None:
            faults.append(PlaceFault(number, why, line.strip()[:80]))
        elif not isinstance(read, str):
            places[row[0]] = read
    return Places(places, tuple(faults[:FAULTS_TOLD]))


def written_places(places: Mapping[str, tuple[float, float]]) -> str:
    """Return places as `read_places` reads them."""
    lines = [",".join(HEADER), *(f"{store},{lat:g},{lon:g}" for store, (lat, lon) in sorted(places.items()))]
    return "\n".join(lines) + "\n"


def _cells(line: str) -> list[str]:
    parts = next((mark for mark in (";", "\t") if mark in line), ",")
    return [one.strip() for one in next(csv.reader([line], delimiter=parts), [])]


def _place(row: list[str], stores: Collection[str]) -> tuple[float, float] | str:
    """Return a place, or why there is none."""
    if len(row) != len(HEADER):
        return NO_LINE
    latitude, longitude = read_degrees(row[1], 90), read_degrees(row[2], 180)
    if row[0] not in stores:
        return NO_STORE
    if latitude is None:
        return NO_LATITUDE
    return (latitude, longitude) if longitude is not None else NO_LONGITUDE
