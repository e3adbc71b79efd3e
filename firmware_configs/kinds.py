"""What each kind of beacon can do: intervals and the chip's power table (makers' references, docs/hardware.md)."""

from dataclasses import dataclass
from typing import Final

from protocol.document import Document
from protocol.errors import Problem
from protocol.plan import Beacon, StorePlan
from protocol.reading import hint


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of beacon: the intervals it keeps, in ms, and the powers its radio has, in dBm."""

    name: str
    shortest_ms: int
    longest_ms: int
    powers_dbm: tuple[int, ...]
    interval_ms: int
    """What it gets where the plan says nothing; so with the next."""
    tx_power_dbm: int = -12


COIN_CELL_MS: Final = 350
"""A CR2032 lasts half a year and more (planning/battery.py), and a phone that ranges still hears three a second."""
MAINS_MS: Final = 100
"""What Apple asks of an iBeacon; the socket pays for it."""

ESPRUINO: Final = Kind("espruino", 20, 10_000, (-40, -20, -16, -12, -8, -4, 0, 4), COIN_CELL_MS)
ESPHOME: Final = Kind("esphome", 20, 10_240, (-12, -9, -6, -3, 0, 3, 6, 9), MAINS_MS)
ZEPHYR: Final = Kind("zephyr", 20, 10_240, (-40, -20, -16, -12, -8, -4, 0, 3, 4), COIN_CELL_MS)
BLUEZ: Final = Kind("bluez", 20, 10_240, tuple(range(-70, 21)), MAINS_MS)
"""Any power may be asked for; the controller takes the nearest it has."""
VENDOR_CSV: Final = Kind("vendor-csv", 100, 10_000, (-20, -16, -12, -8, -4, 0, 4), COIN_CELL_MS)
"""What the three vendors have in common."""

KINDS: Final = {kind.name: kind for kind in (ESPRUINO, ESPHOME, ZEPHYR, BLUEZ, VENDOR_CSV)}
DEFAULT: Final = ESPRUINO.name


@dataclass(frozen=True, slots=True)
class Setting:
    """One beacon with all that is to be flashed into it."""

    beacon: Beacon
    kind: Kind
    interval_ms: int
    tx_power_dbm: int


def setting_of(beacon: Beacon) -> Setting:
    """Return a beacon's setting, the kind's own values where the plan has none. Its kind must be known."""
    kind = KINDS[beacon.firmware or DEFAULT]
    interval_ms = kind.interval_ms if beacon.interval_ms is None else beacon.interval_ms
    tx_power_dbm = kind.tx_power_dbm if beacon.tx_power_dbm is None else beacon.tx_power_dbm
    return Setting(beacon, kind, interval_ms, tx_power_dbm)


def beyond(plan: StorePlan, document: Document) -> list[Problem]:
    """Return what the plan asks of a beacon that its kind cannot do, each with the plan's line."""
    problems: list[Problem] = []
    files: dict[str, str] = {}
    for k, beacon in enumerate(plan.beacons):
        for key, expected, got in _asked_too_much(beacon, files):
            problems.append(Problem(document.source, document.line(("beacons", k, key)), expected, got))
    return problems


def _asked_too_much(beacon: Beacon, files: dict[str, str]) -> list[tuple[str, str, str]]:
    other = files.setdefault(beacon.id.lower(), beacon.id)
    found = []
    if other != beacon.id:
        found.append(
            ("id", "ids that differ in more than capitals, as files do", f"{other!r} and {beacon.id!r}")
        )
    name = beacon.firmware or DEFAULT
    if name not in KINDS:
        return [
            *found,
            ("firmware", f"firmware as one of {', '.join(KINDS)}", repr(name) + hint(name, list(KINDS))),
        ]
    made = setting_of(beacon)
    kind = made.kind
    if not kind.shortest_ms <= made.interval_ms <= kind.longest_ms:
        allowed = f"interval_ms from {kind.shortest_ms} to {kind.longest_ms} for {name}"
        found.append(("interval_ms", allowed, str(made.interval_ms)))
    if made.tx_power_dbm not in kind.powers_dbm:
        powers = ", ".join(map(str, kind.powers_dbm)) if len(kind.powers_dbm) < 20 else "-70 to 20"
        found.append(("tx_power_dbm", f"tx_power_dbm of {name}: {powers}", str(made.tx_power_dbm)))
    return found
