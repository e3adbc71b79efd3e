"""200 plans of any content: every frame is the plan's, and the tools of its users take every file."""

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import Phase, given, settings

from firmware_configs.kinds import ESPHOME, ESPRUINO, KINDS, VENDOR_CSV, ZEPHYR, Setting
from firmware_configs.render import Rendering
from firmware_configs.vendor_csv import VENDORS
from protocol.frame import build_ibeacon, parse_ibeacon
from tests.firmware_configs.any_plan import plans
from tests.firmware_configs.plans import rendered
from tests.firmware_configs.test_beacons import HERE, esphome

PLANS = 200
ESPHOME_FILES = 6
"""A second each: the rest is left to what YAML makes of them."""
pytestmark = pytest.mark.timeout(180)
"""200 renderings, and compilers: a loaded machine takes its time."""
BYTES = re.compile(r"(?:0x[0-9a-f]{2}, ){22}0x[0-9a-f]{2}")


def collected() -> list[Rendering]:
    """Render the plans that hypothesis draws, the same in each run."""
    found: list[Rendering] = []

    @settings(max_examples=PLANS, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(plans())
    def draw(value: dict[str, Any]) -> None:
        found.append(rendered(value))

    draw()
    return found


@pytest.fixture(scope="module")
def renderings() -> list[Rendering]:
    found = collected()
    assert len(found) == PLANS
    return found


def beacons(renderings: list[Rendering], *kinds: str) -> Iterator[tuple[Rendering, Setting]]:
    for rendering in renderings:
        for setting in rendering.settings:
            if setting.kind.name in kinds:
                yield rendering, setting


def frame_of(setting: Setting) -> bytes:
    return build_ibeacon(setting.beacon.identity, setting.beacon.measured_power_dbm)


def written(folder: Path, renderings: list[Rendering], kind: str, ending: str) -> list[tuple[Path, Setting]]:
    """Write the file with this ending of each beacon of a kind."""
    out = []
    for number, (rendering, setting) in enumerate(beacons(renderings, kind)):
        path = folder / f"{number}{Path(ending).suffix}"
        path.write_text(rendering.files[f"beacons/{kind}/{setting.beacon.id}{ending}"], encoding="utf-8")
        out.append((path, setting))
    assert len(out) >= PLANS
    return out


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=55)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4_000:]
    return done.stdout


def in_source(text: str, _: Setting) -> bytes:
    (found,) = BYTES.findall(text)
    return bytes(int(byte, 16) for byte in found.split(", "))


def in_json(text: str, setting: Setting) -> bytes:
    told = json.loads(text)
    assert told.keys() == {"beacon", "place", "frame", "interval_ms", "tx_power_dbm"}
    assert (told["interval_ms"], told["tx_power_dbm"]) == (setting.interval_ms, setting.tx_power_dbm)
    return bytes.fromhex(told["frame"])


ENDINGS: dict[str, tuple[str, Callable[[str, Setting], bytes]]] = {
    "espruino": (".js", in_source),
    "zephyr": ("/src/main.c", in_source),
    "bluez": (".json", in_json),
}


def test_every_frame_is_the_plans(renderings: list[Rendering]) -> None:
    for rendering, setting in beacons(renderings, *ENDINGS):
        ending, read = ENDINGS[setting.kind.name]
        text = rendering.files[f"beacons/{setting.kind.name}/{setting.beacon.id}{ending}"]
        assert parse_ibeacon(read(text, setting)) == parse_ibeacon(frame_of(setting))


def test_every_esphome_file_says_what_the_plan_says_and_no_more(renderings: list[Rendering]) -> None:
    for rendering, setting in beacons(renderings, ESPHOME.name):
        told = yaml.safe_load(rendering.files[f"beacons/esphome/{setting.beacon.id}.yaml"])
        uuid, major, minor = setting.beacon.identity
        assert told.keys() == {"esphome", "esp32", "logger", "esp32_ble_beacon"}
        assert told["esp32_ble_beacon"] == {
            "type": "iBeacon",
            "uuid": uuid,
            "major": major,
            "minor": minor,
            "min_interval": f"{setting.interval_ms}ms",
            "max_interval": f"{setting.interval_ms}ms",
            "measured_power": setting.beacon.measured_power_dbm,
            "tx_power": f"{setting.tx_power_dbm}dBm",
        }


def test_every_table_has_its_rows_and_no_formula(renderings: list[Rendering]) -> None:
    for rendering in renderings:
        bought = [one.beacon for one in rendering.settings if one.kind is VENDOR_CSV]
        for vendor in VENDORS:
            text = rendering.files[f"beacons/vendor-csv/{vendor.name}.csv"]
            head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
            assert [row[1:5] for row in rows] == [[one.id, *map(str, one.identity)] for one in bought]
            assert {len(row) for row in rows} == {len(head)}
            cells = [row[-1].lstrip() for row in rows]
            assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


def test_every_gateways_user_data_writes_the_files_beside_it(renderings: list[Rendering]) -> None:
    for rendering in renderings:
        for name in [name for name in rendering.files if name.endswith("/user-data")]:
            below = f"{name.removesuffix('user-data')}root"
            told = yaml.safe_load(rendering.files[name])
            beside = {path: text for path, text in rendering.files.items() if path.startswith(below)}
            assert {f"{below}{one['path']}": one["content"] for one in told["write_files"]} == beside


def test_every_line_of_the_brokers_access_is_one_of_ours(renderings: list[Rendering]) -> None:
    ours = rendered().files["store/mosquitto/acl"]
    assert {rendering.files["store/mosquitto/acl"] for rendering in renderings} == {ours}


def test_node_runs_every_espruino_file(tmp_path: Path, renderings: list[Rendering]) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed (apt-get install nodejs)")
    files = written(tmp_path, renderings, ESPRUINO.name, ".js")
    lines = run(node, HERE / "espruino_stub.cjs", *(path for path, _ in files)).splitlines()
    for line, (_, setting) in zip(lines, files, strict=True):
        did = json.loads(line)
        (advertised, *_) = did["advertised"]
        assert bytes(advertised["manufacturerData"]) == frame_of(setting)
        assert (advertised["interval"], did["power"]) == (setting.interval_ms, setting.tx_power_dbm)


def test_gcc_has_nothing_to_say_against_any_zephyr_source(
    tmp_path: Path, renderings: list[Rendering]
) -> None:
    gcc = shutil.which("gcc")
    if gcc is None:
        pytest.skip("gcc is not installed (apt-get install gcc)")
    files = [path for path, _ in written(tmp_path, renderings, ZEPHYR.name, "/src/main.c")]
    strict = ("-std=gnu11", "-Wall", "-Wextra", "-Wtrigraphs", "-Werror", "-fsyntax-only")
    run(gcc, *strict, "-I", HERE / "zephyr_stub", *files)


def test_esphome_takes_some_of_its_files(tmp_path: Path, renderings: list[Rendering]) -> None:
    files = [path for path, _ in written(tmp_path, renderings, ESPHOME.name, ".yaml")]
    run(esphome(), "config", *files[:ESPHOME_FILES])


def test_every_kind_is_among_them(renderings: list[Rendering]) -> None:
    assert {one.kind.name for rendering in renderings for one in rendering.settings} == set(KINDS)
