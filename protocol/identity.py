"""Who a beacon is: proximity UUID, major, minor (Apple, Proximity Beacon Specification R1); never its radio address."""

import re
from typing import NamedTuple

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)


class BeaconIdentity(NamedTuple):
    """128 + 16 + 16 bits; `uuid` in lower case with dashes."""

    uuid: str
    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.uuid}/{self.major}/{self.minor}"


def parse_uuid(text: str) -> str:
    """Return a UUID in the one form compared here: lower case, with dashes. Raises ValueError."""
    lower = text.lower()
    if not _UUID.fullmatch(lower):
        raise ValueError(f"a UUID such as 8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10 expected, got {text!r}")
    return lower
