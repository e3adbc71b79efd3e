"""How long a coin cell lasts, reckoned from the chip's sheet (Nordic, nRF52832 Product Specification v1.4: radio, power management)."""

from dataclasses import dataclass
from typing import Final

from firmware_configs.kinds import ESPRUINO, VENDOR_CSV, ZEPHYR, Kind

CELL_MAH: Final = 220
"""A CR2032's nominal charge."""
USABLE: Final = 0.85
"""The rest is there when the voltage is too low for a radio's pulses."""
CHANNELS: Final = 3
ON_AIR_MS: Final = 0.376
"""47 bytes of a full advertisement at 1 Mb/s, on each channel."""
RAMP_MS: Final = 0.14
"""The radio's start on each channel."""
WAKING_UC: Final = 2.0
"""Crystal and processor, once an advertisement; an estimate."""
DELAY_MS: Final = 5.0
"""The mean of the 0 to 10 ms that Bluetooth adds to each interval."""
PROCESSOR_MA: Final = 1.8
"""On top of the radio's own current: 7.1 mA in all at 0 dBm, where the radio takes 5.3."""
HOURS_A_DAY: Final = 24

_RADIO_MA: Final = {-40: 2.7, -20: 3.2, -16: 3.3, -12: 3.5, -8: 3.8, -4: 4.2, 0: 5.3, 3: 7.0, 4: 7.5}
"""Transmitting, by dBm, with the converter at 3 V; +3 lies between its neighbours."""
_IDLE_UA: Final = {ESPRUINO.name: 12.0, ZEPHYR.name: 3.0, VENDOR_CSV.name: 3.0}
"""Asleep, by kind; kinds that are not here have a socket. Espruino's own figure for a puck; the others' is the chip's."""

INTERVALS_MS: Final = (100, 350, 500, 1_000, 2_000)


@dataclass(frozen=True, slots=True)
class Life:
    """What a cell is used with, and how many days it lasts."""

    interval_ms: int
    tx_power_dbm: int
    days: int


def runs_on_a_cell(kind: Kind) -> bool:
    return kind.name in _IDLE_UA


def life_of(kind: Kind, interval_ms: int, tx_power_dbm: int) -> Life:
    """Reckon a cell's life for one of the kind's powers. The kind must run on a cell."""
    tx_ma = _RADIO_MA[tx_power_dbm] + PROCESSOR_MA
    event_uc = CHANNELS * (ON_AIR_MS + RAMP_MS / 2) * tx_ma + WAKING_UC
    mean_ua = _IDLE_UA[kind.name] + event_uc / ((interval_ms + DELAY_MS) / 1_000)
    return Life(interval_ms, tx_power_dbm, round(CELL_MAH * 1_000 * USABLE / mean_ua / HOURS_A_DAY))


def table(kind: Kind) -> list[list[Life]]:
    """Return a row of lives for each interval the kind keeps, one for each of its powers."""
    kept = [ms for ms in INTERVALS_MS if kind.shortest_ms <= ms <= kind.longest_ms]
    return [[life_of(kind, ms, power) for power in kind.powers_dbm] for ms in kept]
