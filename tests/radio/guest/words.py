"""What the guest's programs and the tests that read them agree on."""

from pathlib import Path
from typing import NotRequired, TypedDict

from protocol.instants import Instant

STORE_UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
BEACONS, HZ = 10, 5
BACK_WITHIN_S = 120
"""So long may it take to hear again."""


SYSTEM_BUS = Path("/run/dbus/system_bus_socket")


class Look(TypedDict):
    """One look at the gateway; `frames` counts what reached its tracker, `steps` are those of healing, with reason."""

    at: Instant
    frames: int
    beacons: int
    status: str
    scan_path: str
    measured: dict[str, float]
    steps: list[tuple[Instant, str]]


class Report(TypedDict):
    """One line of the guest's; `back_s` is from the harm to frames that are heard again, None where they were not."""

    what: str
    expected: NotRequired[float]
    frames: NotRequired[int]
    beacons: NotRequired[int]
    measured: NotRequired[dict[str, float]]
    back_s: NotRequired[float | None]
    dead_s: NotRequired[float | None]
    steps: NotRequired[list[str]]


class Advertised(TypedDict):
    """What the kernel asked of the controller for a rendered beacon; `data` are the bytes on the air, in hex."""

    what: str
    experimental: bool
    interval_ms: tuple[float, float]
    tx_power_dbm: int
    data: str


class Overheard(TypedDict):
    """The presence message that our gateway would have published."""

    what: str
    message: str
