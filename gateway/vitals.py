"""What the machine says of itself: processor, temperature, disk, versions (proc(5), sysfs thermal zones)."""

import os
import platform
import shutil
import time
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

THERMAL = Path("/sys/class/thermal/thermal_zone0/temp")
PACKAGES = ("aislecue", "bleak", "paho-mqtt")


@dataclass(frozen=True, slots=True)
class Vitals:
    """One look; None where this machine does not say."""

    cpu_s: float
    temperature_c: float | None
    disk_free_mb: float | None


def look(folder: Path) -> Vitals:
    return Vitals(time.process_time(), _temperature_c(), _disk_free_mb(folder))


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Return what runs here; it cannot change while it runs, and reading packages' metadata takes milliseconds."""
    found = {"python": platform.python_version(), "kernel": os.uname().release}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _temperature_c() -> float | None:
    try:
        return int(THERMAL.read_text()) / 1000
    except (OSError, ValueError):
        return None  # a machine without a sensor


def _disk_free_mb(folder: Path) -> float | None:
    try:
        return round(shutil.disk_usage(folder).free / 1e6, 1)
    except OSError:
        return None  # the folder has gone; the spool says why
