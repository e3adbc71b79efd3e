"""One beacon's files by its kind: Espruino, ESPHome, Zephyr, BlueZ (templates/<kind>)."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from firmware_configs.filling import fill, remark
from firmware_configs.kinds import BLUEZ, ESPHOME, ESPRUINO, ZEPHYR, Setting
from protocol.frame import build_ibeacon
from protocol.plan import StorePlan

Files = dict[str, str]
"""Path below the folder of the rendering -> content."""


def render_beacon(plan: StorePlan, zone_name: str, setting: Setting) -> Files:
    """Return a beacon's files; none for a kind that is rendered as a table of all."""
    render = _BY_KIND.get(setting.kind.name)
    return {} if render is None else render(setting, remark(f"{zone_name}, {plan.name}"))


def folder(setting: Setting) -> str:
    """Return where a beacon's files lie."""
    return f"beacons/{setting.kind.name}"


def _espruino(setting: Setting, place: str) -> Files:
    text = fill(
        "espruino/beacon.js",
        place=place,
        id=setting.beacon.id,
        frame=_bytes(setting),
        interval_ms=setting.interval_ms,
        tx_power_dbm=setting.tx_power_dbm,
    )
    return {f"{folder(setting)}/{setting.beacon.id}.js": text}


def _esphome(setting: Setting, place: str) -> Files:
    identity = setting.beacon.identity
    text = fill(
        "esphome/beacon.yaml",
        place=place,
        id=setting.beacon.id,
        uuid=identity.uuid,
        major=identity.major,
        minor=identity.minor,
        measured_power_dbm=setting.beacon.measured_power_dbm,
        interval_ms=setting.interval_ms,
        tx_power_dbm=setting.tx_power_dbm,
    )
    return {f"{folder(setting)}/{setting.beacon.id}.yaml": text}


def _zephyr(setting: Setting, place: str) -> Files:
    sign = "MINUS" if setting.tx_power_dbm < 0 else "PLUS"
    power = f"{sign}_{abs(setting.tx_power_dbm)}" if setting.tx_power_dbm else "0"
    values = {"place": place, "id": setting.beacon.id, "power": power}
    values |= {"frame": _bytes(setting), "interval_ms": str(setting.interval_ms)}
    home = f"{folder(setting)}/{setting.beacon.id}"
    return {f"{home}/{name}": fill(f"zephyr/{name}", **values) for name in _ZEPHYR_FILES}


def _bluez(setting: Setting, place: str) -> Files:
    told = {
        "beacon": setting.beacon.id,
        "place": place,
        "frame": build_ibeacon(setting.beacon.identity, setting.beacon.measured_power_dbm).hex(),
        "interval_ms": setting.interval_ms,
        "tx_power_dbm": setting.tx_power_dbm,
    }
    return {f"{folder(setting)}/{setting.beacon.id}.json": json.dumps(told, indent=2) + "\n"}


def render_shared(settings: Sequence[Setting]) -> Files:
    """Return the files that all beacons of a kind have in common; only kinds that are in the plan have any."""
    if all(setting.kind is not BLUEZ for setting in settings):
        return {}
    home = f"beacons/{BLUEZ.name}"
    return {f"{home}/{name}": fill(template) for name, template in _BLUEZ_SHARED.items()}


def _bytes(setting: Setting) -> str:
    frame = build_ibeacon(setting.beacon.identity, setting.beacon.measured_power_dbm)
    return ", ".join(f"0x{byte:02x}" for byte in frame)


_ZEPHYR_FILES: Final = ("CMakeLists.txt", "app.overlay", "prj.conf", "src/main.c")
_BLUEZ_SHARED: Final = {
    "advertise.py": "bluez/advertise.py",
    "install.sh": "bluez/install.sh",
    "aislecue-beacon.service": "bluez/aislecue-beacon.service",
    # BlueZ heeds interval and power only where it is experimental (tests/radio/test_rendered_beacon.py).
    "bluetooth.conf": "gateway/bluetooth-experimental.conf",
}
_BY_KIND: Final[Mapping[str, Callable[[Setting, str], Files]]] = {
    ESPRUINO.name: _espruino,
    ESPHOME.name: _esphome,
    ZEPHYR.name: _zephyr,
    BLUEZ.name: _bluez,
}
