"""What there is to do at each device since the last rendering: flash it, hang it elsewhere, or nothing."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from firmware_configs.beacons import Files
from firmware_configs.kinds import Setting
from protocol.plan import StorePlan


class News(StrEnum):
    """The words are those of the flash sheet."""

    NEW = "new"
    FLASH = "flash again"
    MOVED = "hang elsewhere"
    SAME = "as before"


@dataclass(frozen=True, slots=True)
class Device:
    """What is in a device, as a hash, and where it hangs."""

    flash: str
    place: str


def devices_of(plan: StorePlan, settings: Sequence[Setting], files: Files) -> dict[str, Device]:
    """Return every beacon and gateway; a remark that changed is no reason to flash anything."""
    beacons = {one.beacon.id: Device(_hash(_flashed(one)), _place(one.beacon.position)) for one in settings}
    gateways = {
        place.id: Device(_hash(files[f"gateways/{place.id}/user-data"]), _place(place.position))
        for place in plan.gateways
    }
    return beacons | gateways


def tell_news(before: Mapping[str, Device], now: Mapping[str, Device]) -> dict[str, News]:
    """Return what there is to do at each device; those that are gone are only in `before`."""
    return {name: _news(before.get(name), device) for name, device in now.items()}


def _news(before: Device | None, now: Device) -> News:
    if before is None:
        return News.NEW
    if before.flash != now.flash:
        return News.FLASH
    return News.SAME if before.place == now.place else News.MOVED


def _flashed(setting: Setting) -> str:
    beacon = setting.beacon
    told = (
        setting.kind.name,
        *beacon.identity,
        beacon.measured_power_dbm,
        setting.interval_ms,
        setting.tx_power_dbm,
    )
    return repr(told)


def _place(position: tuple[float, ...] | None) -> str:
    return "" if position is None else " ".join(f"{metres:g}" for metres in position)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
