"""Our gateway on a real kernel's Bluetooth and a real bluetoothd, harmed again and again; judged by frames heard."""

import json
import os
from pathlib import Path

import pytest

from tests.radio.guest.words import BACK_WITHIN_S, BEACONS, Report
from tests.radio.machine import Machine, find_parts

KILLS = int(os.environ.get("RADIO_KILLS", "4"))
UNPLUGS = int(os.environ.get("RADIO_UNPLUGS", "2"))
"""How often bluetoothd is killed and the controller unplugged: `RADIO_KILLS=20 RADIO_UNPLUGS=5 make radio` for a long night."""
BOOT_S, HARM_S, QUIET_S = 180, 40, 180
"""Boot and self-test; one harm on a slow machine; the silence that must be told."""
TIMEOUT_S = BOOT_S + (KILLS + UNPLUGS) * HARM_S + QUIET_S

SHARE = 0.95
DEAD_WITHIN_S = 90

pytestmark = [pytest.mark.radio, pytest.mark.timeout(TIMEOUT_S + 60)]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[Report]:
    """Run the machine once; skipped, with its reason, where a part of it is missing."""
    parts = find_parts()
    if isinstance(parts, str):
        pytest.skip(parts)
    machine = Machine(parts, tmp_path_factory.mktemp("machine"))
    arguments = ["--kills", str(KILLS), "--unplugs", str(UNPLUGS)]
    machine.run("tests.radio.guest.director", arguments, timeout_s=TIMEOUT_S)
    return _read(machine.said, machine.console)


def _read(said: Path, console: Path) -> list[Report]:
    reports = [json.loads(line) for line in said.read_text().splitlines()]
    print(*reports, sep="\n")
    assert reports, console.read_text(errors="replace")[-4_000:]
    assert reports[-1]["what"] == "end", console.read_text(errors="replace")[-4_000:]
    return reports


def test_frames_in_the_air_reach_the_tracker(reports: list[Report]) -> None:
    listened = reports[0]
    assert listened["beacons"] == BEACONS
    assert listened["frames"] >= SHARE * listened["expected"]


@pytest.mark.parametrize(
    ("what", "times"),
    [
        ("killed, restarted", (KILLS + 1) // 2),
        ("killed, left dead", KILLS // 2),
        ("unplugged", UNPLUGS),
        ("came back", 1),
    ],
)
def test_hears_again(reports: list[Report], what: str, times: int) -> None:
    found = [report for report in reports if report["what"] == what]
    assert len(found) == times
    assert [report for report in found if (report["back_s"] or BACK_WITHIN_S + 1) > BACK_WITHIN_S] == []


def test_says_that_it_is_deaf(reports: list[Report]) -> None:
    (deaf,) = [report for report in reports if report["what"] == "stayed away"]
    assert deaf["dead_s"] is not None
    assert deaf["dead_s"] <= DEAD_WITHIN_S
