"""Every kind of beacon, checked by the tool that its users run; the bytes go through our own decoder."""

import csv
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from protocol.frame import parse_ibeacon
from protocol.identity import BeaconIdentity
from tests.firmware_configs.plans import UUID, rendered

HERE = Path(__file__).parent
ESPHOME = Path(__file__).parents[2] / "build" / "esphome" / "bin" / "esphome"
POWER_DBM = -68


def found(program: str, where: str) -> str:
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed ({where})")
    return path


def esphome() -> str:
    """Return ESPHome's program in its own environment, apart from ours: it pins much."""
    return str(ESPHOME) if ESPHOME.exists() else found("esphome", "make esphome")


def run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=50, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def written(folder: Path, below: str) -> Path:
    """Write what is rendered below a path; return the folder it lies in."""
    for name, text in rendered().files.items():
        if name.startswith(below):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return folder / below


def test_espruino_advertises_the_frame_and_opens_only_by_its_button(tmp_path: Path) -> None:
    node = found("node", "apt-get install nodejs")
    file = written(tmp_path, "beacons/espruino") / "ESP-1.js"
    did = json.loads(run(node, HERE / "espruino_stub.cjs", file))
    first = did["advertised"][0]
    frame = parse_ibeacon(bytes(first["manufacturerData"]))
    assert frame == (BeaconIdentity(UUID, 513, 11), POWER_DBM)
    assert (first["manufacturer"], first["interval"], did["power"]) == (0x004C, 200, -12)
    assert [one["connectable"] for one in did["advertised"]] == [False, True, False]
    assert did["scanResponse"] == [4, 0x16, 0x0F, 0x18, 87]


def test_esphome_finds_its_file_valid(tmp_path: Path) -> None:
    folder = written(tmp_path, "beacons/esphome")
    said = run(esphome(), "config", "HOME-1.yaml", cwd=folder)
    for line in (f"uuid: {UUID}", "major: 513", "minor: 12", "measured_power: -68", "min_interval: 200ms"):
        assert line in said
    assert "wifi" not in said


def test_zephyr_compiles_without_a_warning_and_feeds_its_watchdog(tmp_path: Path) -> None:
    gcc = found("gcc", "apt-get install gcc")
    folder = written(tmp_path, "beacons/zephyr")
    stub = HERE / "zephyr_stub"
    program = tmp_path / "beacon"
    strict = ("-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-I", stub)
    run(gcc, *strict, folder / "ZEP-1" / "src" / "main.c", stub / "stub.c", "-o", program)
    lines = [line.split() for line in run(program).splitlines()]
    assert lines[:2] == [["watchdog", "watchdog0", "30000"], ["interval", "320", "320"]]
    payload = bytes.fromhex(next(line[2] for line in lines if line[:2] == ["ad", "ff"]))
    assert payload[:2] == b"\x4c\x00"
    assert parse_ibeacon(payload[2:]) == (BeaconIdentity(UUID, 513, 13), POWER_DBM)
    assert lines[-2:] == [["fed", "7"], ["slept", "10000"]]


def test_zephyr_is_given_the_power_by_its_name_in_kconfig(tmp_path: Path) -> None:
    settings = (written(tmp_path, "beacons/zephyr") / "ZEP-1" / "prj.conf").read_text(encoding="utf-8")
    assert "CONFIG_BT_CTLR_TX_PWR_MINUS_12=y" in settings


def test_the_unit_of_a_linux_beacon_is_one_that_systemd_takes(tmp_path: Path) -> None:
    analyze = found("systemd-analyze", "apt-get install systemd")
    unit = written(tmp_path, "beacons/bluez") / "aislecue-beacon.service"
    run(analyze, "security", "--offline=true", "--threshold=20", unit)


@pytest.mark.parametrize(("vendor", "power"), [("kontakt-io", "3"), ("minew", "-12"), ("estimote", "-12")])
def test_vendors_tables_have_a_row_a_beacon(tmp_path: Path, vendor: str, power: str) -> None:
    path = written(tmp_path, "beacons/vendor-csv") / f"{vendor}.csv"
    with path.open(newline="", encoding="utf-8") as table:
        _, *rows = csv.reader(table)
    assert rows == [["", "BUY-1", UUID, "513", "15", power, "200", "-68", "Shoes"]]
