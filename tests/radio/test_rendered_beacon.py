"""A rendered BlueZ beacon on a real kernel and bluetoothd: the chip is asked for what the plan says, and our gateway hears it."""

import json
from pathlib import Path
from typing import Any

import pytest

from protocol.frame import APPLE_COMPANY_ID, build_ibeacon
from protocol.identity import BeaconIdentity
from protocol.messages import Presence, decode
from tests.firmware_configs.plans import UUID
from tests.radio.machine import Machine, find_parts

TIMEOUT_S = 400
"""A boot, two starts of bluetoothd, and a gateway that tries every way of scanning first."""
BEACON, MEASURED_POWER_DBM = BeaconIdentity(UUID, 513, 14), -68
"""BLU-1 of the rendered plan, as are interval and power below."""
INTERVAL_MS, TX_POWER_DBM = 200, -12
ROUNDING_MS = 0.625
BLUEZ_OWN_MS, NO_PREFERENCE = 1_280, 127

pytestmark = [pytest.mark.radio, pytest.mark.timeout(TIMEOUT_S + 60)]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    parts = find_parts()
    if isinstance(parts, str):
        pytest.skip(parts)
    machine = Machine(parts, tmp_path_factory.mktemp("machine"))
    machine.run("tests.radio.guest.beacon", [], timeout_s=TIMEOUT_S)
    return _read(machine.said, machine.console)


def _read(said: Path, console: Path) -> list[dict[str, Any]]:
    reports = [json.loads(line) for line in said.read_text().splitlines()]
    print(*reports, sep="\n")
    assert reports, console.read_text(errors="replace")[-4_000:]
    assert reports[-1]["what"] == "end", console.read_text(errors="replace")[-4_000:]
    return reports


def of(reports: list[dict[str, Any]], what: str) -> list[dict[str, Any]]:
    return [report for report in reports if report["what"] == what]


def test_the_frame_is_on_the_air(reports: list[dict[str, Any]]) -> None:
    frame = APPLE_COMPANY_ID.to_bytes(2, "little") + build_ibeacon(BEACON, MEASURED_POWER_DBM)
    assert [frame.hex() in report["data"] for report in of(reports, "advertised")] == [True, True]


def test_the_chip_is_asked_for_the_plans_interval_and_power(reports: list[dict[str, Any]]) -> None:
    experimental, plain = of(reports, "advertised")
    assert experimental["interval_ms"] == [pytest.approx(INTERVAL_MS, abs=ROUNDING_MS)] * 2
    assert experimental["tx_power_dbm"] == TX_POWER_DBM
    # Why its drop-in is rendered with it: without -E BlueZ 5.66 passes neither on.
    assert (plain["interval_ms"], plain["tx_power_dbm"]) == ([BLUEZ_OWN_MS] * 2, NO_PREFERENCE)


def test_our_gateway_hears_its_identity_and_power(reports: list[dict[str, Any]]) -> None:
    (heard,) = of(reports, "heard")
    (present,) = decode(Presence, heard["message"].encode()).beacons
    assert (present.uuid, present.major, present.minor) == BEACON
    assert (present.state, present.measured_power_dbm) == ("present", MEASURED_POWER_DBM)


def test_it_ends_with_bluetoothd_so_that_systemd_starts_it_anew(reports: list[dict[str, Any]]) -> None:
    assert [report["code"] for report in of(reports, "ended")] == [1, 1]
