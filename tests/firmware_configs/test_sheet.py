"""The flash sheet: a card a device, told by the command; a PDF where a browser is found."""

import json
from pathlib import Path

import pytest

from aislecue.cli import main
from firmware_configs.printing import browser, print_pdf
from firmware_configs.sheet import MOST_QR_CODES, render_sheet
from tests.firmware_configs.plans import KIND_OF, plan_value, read_value, rendered

SAMPLE = Path(__file__).parents[2] / "aislecue" / "demo" / "store" / "plan.yaml"


def sheet() -> str:
    plan, _ = read_value(plan_value())
    return render_sheet(plan, rendered().settings)


def test_every_device_has_a_card_with_all_that_a_stranger_needs() -> None:
    page = sheet()
    for device in [*KIND_OF, "gw-shoes"]:
        assert f"<h2>{device}</h2>" in page
        assert f'aria-label="Place of {device}"' in page
        assert f'aria-label="QR code of {device}"' in page
    assert "-68 dBm ± 6" in page
    assert "beacons/espruino/ESP-1.js" in page


def test_it_asks_nothing_of_anyone() -> None:
    page = sheet()
    assert [
        word for word in ("http://", "https://", "src=", "<script", "@import", "url(") if word in page
    ] == []


def test_a_large_store_does_without_codes() -> None:
    plan, _ = read_value(plan_value())
    page = render_sheet(plan, rendered().settings * MOST_QR_CODES)
    assert 'class="qr"' not in page


def test_it_prints(tmp_path: Path) -> None:
    program = browser()
    if program is None:
        pytest.skip("no browser that prints is installed (apt-get install chromium)")
    (tmp_path / "sheet.html").write_text(sheet(), encoding="utf-8")
    print_pdf(program, tmp_path / "sheet.html", tmp_path / "sheet.pdf")
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF-")


def test_the_command_tells_what_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order = [
        "firmware",
        "render",
        "--plan",
        str(SAMPLE),
        "--out",
        str(tmp_path / "out"),
        "--no-pdf",
        "--json",
    ]
    assert main(order) == 0
    first = json.loads(capsys.readouterr().out)
    assert (first["beacons"], first["gateways"], first["files"]) == (12, 4, len(first["added"]) + 1)
    assert main(order) == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["added"], again["changed"], again["removed"]) == ([], [], [])


def test_the_second_sheet_tells_what_there_is_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, out = tmp_path / "plan.yaml", tmp_path / "out"
    text = SAMPLE.read_text(encoding="utf-8")
    order = ["firmware", "render", "--plan", str(plan), "--out", str(out), "--no-pdf", "--json"]
    plan.write_text(text)
    assert main(order) == 0
    assert "Since the last rendering" not in (out / "flash-sheet.html").read_text()
    for old, new in (
        ("id: ENT-2,", "id: ENT-9,"),
        ("position: [5, 20, 2.2]", "position: [6, 20, 2.2]"),
        ("minor: 41, measured_power_dbm: -68", "minor: 41, measured_power_dbm: -66"),
        ("name: Jackets", "name: Coats"),
    ):
        assert old in text
        text = text.replace(old, new)
    plan.write_text(text)
    capsys.readouterr()
    assert main(order) == 0
    devices = json.loads(capsys.readouterr().out)["devices"]
    assert {said: names for said, names in devices.items() if said != "as before"} == {
        "new": ["ENT-9"],
        "flash again": ["RUNNING-1"],
        "hang elsewhere": ["JACKETS-2"],
        "take down": ["ENT-2"],
    }
    page = (out / "flash-sheet.html").read_text()
    assert "1 new, 1 flash again, 1 hang elsewhere, 13 as before" in page
    assert "Take down ENT-2." in page


def test_a_plan_that_asks_too_much_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(SAMPLE.read_text(encoding="utf-8").replace("tx_power_dbm: -12", "tx_power_dbm: 17", 1))
    assert main(["firmware", "render", "--plan", str(plan), "--out", str(tmp_path / "out")]) == 1
    assert f"{plan}:26: expected tx_power_dbm of espruino" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    assert main(["firmware", "render", "--plan", str(SAMPLE), "--out", str(tmp_path)]) == 1
    assert "a folder of something else" in capsys.readouterr().err
