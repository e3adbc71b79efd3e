"""Import tables of beacons that are bought ready: one row a beacon, the maker's serial number to be filled in."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from firmware_configs.filling import cell
from firmware_configs.kinds import Setting


@dataclass(frozen=True, slots=True)
class Vendor:
    """How one vendor names the columns; portals change, so the names say what to map where they differ."""

    name: str
    columns: tuple[str, ...]
    levels: tuple[int, ...] = ()
    """Power as the index in this table where the vendor counts levels, else in dBm."""


VENDORS: Final = (
    Vendor(
        "kontakt-io",
        ("uniqueId", "name", "proximity", "major", "minor", "txPower", "interval", "rssi1m", "place"),
        (-30, -20, -16, -12, -8, -4, 0, 4),
    ),
    Vendor(
        "minew", ("mac", "name", "uuid", "major", "minor", "tx_power_dbm", "interval_ms", "rssi_1m", "place")
    ),
    Vendor(
        "estimote", ("identifier", "name", "uuid", "major", "minor", "power", "interval", "rssi_1m", "place")
    ),
)


def render_tables(rows: Sequence[tuple[Setting, str]]) -> dict[str, str]:
    """Return path -> table for beacons with the names of their zones; nothing where there are none."""
    return (
        {f"beacons/vendor-csv/{vendor.name}.csv": _table(vendor, rows) for vendor in VENDORS} if rows else {}
    )


def _table(vendor: Vendor, rows: Sequence[tuple[Setting, str]]) -> str:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(vendor.columns)
    for setting, zone_name in rows:
        beacon, power = setting.beacon, setting.tx_power_dbm
        level = vendor.levels.index(power) if vendor.levels else power
        identity = (*beacon.identity,)
        table.writerow(
            ("", beacon.id, *identity, level, setting.interval_ms, beacon.measured_power_dbm, cell(zone_name))
        )
    return out.getvalue()
