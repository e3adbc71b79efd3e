"""`aislecue check`: which files it reads, how it tells, what it exits with."""

import json
from pathlib import Path

import pytest

from aislecue.cli import main

STORE = Path(__file__).parents[2] / "aislecue" / "demo" / "store"
CAMPAIGN = """version: 1
id: {id}
name: N
status: live
stores: [milano-centro]
trigger: {{on: enter, zone: {zone}}}
message: {{it: {{title: T, body: B}}}}
"""


def written(folder: Path, id_: str, zone: str = "shoes", name: str = "") -> Path:
    path = folder / (name or f"{id_}.yaml")
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(CAMPAIGN.format(id=id_, zone=zone), encoding="utf-8")
    return path


def test_a_clean_run_says_what_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(STORE)]) == 0
    output = capsys.readouterr()
    assert output.out == "1 plan and 5 campaigns: all fine\n"
    assert output.err == ""


def test_a_document_may_begin_with_the_mark_of_windows(tmp_path: Path) -> None:
    path = written(tmp_path, "marked")
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert main(["check", str(STORE / "plan.yaml"), str(path)]) == 0


def test_a_file_named_twice_is_read_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(STORE), str(STORE / "plan.yaml"), str(STORE / "campaigns")]) == 0
    assert capsys.readouterr().out == "1 plan and 5 campaigns: all fine\n"


def test_lint_tells_file_line_severity_and_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "lost", zone="shoos")
    assert main(["check", str(STORE / "plan.yaml"), str(path)]) == 1
    output = capsys.readouterr()
    assert output.err == (
        f"{path}:6: expected a zone of milano-centro, got 'shoos' (did you mean 'shoes'?) [error: unknown-zone]\n"
    )
    assert output.out == "1 plan and 1 campaign could be read: 1 error, 0 warnings\n"


def test_json_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = written(tmp_path, "one"), written(tmp_path, "two", zone="Shoes")
    three = written(tmp_path, "three")
    assert main(["check", str(tmp_path), "--json"]) == 1
    output = capsys.readouterr()
    assert output.err == ""
    report = json.loads(output.out)
    assert (report["plans"], report["campaigns"]) == (0, 2)
    assert report["findings"] == [
        {
            "severity": "warning",
            "lint": "duplicate",
            "file": str(three),
            "line": 6,
            "expected": "a trigger, audience or schedule of its own",
            "got": f"the same as 'one' ({one}:2)",
        },
        {
            "severity": "error",
            "lint": "document",
            "file": str(two),
            "line": 6,
            "expected": "zone of lower-case letters, digits and dashes, at most 63",
            "got": "'Shoes'",
        },
    ]


def test_folders_are_read_with_their_subfolders_but_not_hidden_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path / "deep" / "deeper", "one")
    written(tmp_path / ".git", "two")
    written(tmp_path, "three", name="notes.txt")
    assert main(["check", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "0 plans and 1 campaign: all fine\n"


def test_an_ending_that_nothing_reads_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "one", name="one.yml")
    assert main(["check", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"{path}: expected a name that ends in .yaml or .json, got .yml\n"


def test_nothing_to_check_is_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path), str(tmp_path / "gone.yaml")]) == 1
    assert capsys.readouterr().err == (
        f"{tmp_path}: expected plans or campaigns (*.yaml, *.json), got none\n"
        f"{tmp_path / 'gone.yaml'}: expected a file, got nothing there\n"
    )


def test_today_decides_what_is_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "one")
    path.write_text(path.read_text(encoding="utf-8") + "schedule: {ends: 2026-12-24}\n", encoding="utf-8")
    assert main(["check", str(path), "--today", "2026-12-24"]) == 0
    assert main(["check", str(path), "--today", "2026-12-25"]) == 1
    assert main(["check", str(path), "--today", "christmas"]) == 2
    assert "expected a day such as 2026-11-01, got 'christmas'" in capsys.readouterr().err


def test_a_broken_plan_does_not_make_its_store_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.yaml").write_text("store: {id: milano-centro}\n", encoding="utf-8")
    (tmp_path / "roma.yaml").write_text(
        "version: 1\nstore: {id: roma, timezone: Europe/Rome, floor: {width_m: 9, depth_m: 9}}\n",
        encoding="utf-8",
    )
    written(tmp_path, "one")
    assert main(["check", str(tmp_path), "--json"]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert {finding["lint"] for finding in findings} == {"document"}


def test_without_a_path_it_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main(["check"])
    assert done.value.code == 2
    assert "DIR-or-FILE" in capsys.readouterr().err
