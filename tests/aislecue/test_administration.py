"""The administration commands on a real database: db, plan, campaigns, explain, shopper (SPEC 2, 6)."""

import json
from pathlib import Path

import pytest

from aislecue.cli import main
from tests.store_server.shop import HELP, OPENING, PLAN, SHOES, furnish, line, open_shop, read_rows


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AISLECUE_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "plan.yaml").write_text(PLAN)
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns" / "help.yaml").write_text(HELP)
    return tmp_path


def revisions(here: Path) -> list[tuple[str, int]]:
    found = read_rows(
        here / "data" / "aislecue.db", "SELECT campaign, revision FROM campaign_revision ORDER BY 1, 2"
    )
    return [(row[0], row[1]) for row in found]


def test_a_database_is_checked_and_upgraded(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "check"]) == 1
    assert "aislecue db upgrade" in capsys.readouterr().err
    assert main(["db", "upgrade"]) == 0
    assert main(["db", "check"]) == 0


def test_a_plan_goes_in_and_comes_out_knowing_its_revision(here: Path) -> None:
    assert main(["plan", "apply", str(here / "plan.yaml")]) == 0
    out = here / "out.yaml"
    assert main(["plan", "export", "--store", "milan", "--out", str(out)]) == 0
    assert out.read_text() == "# aislecue: revision 1\n" + PLAN
    assert main(["plan", "export", "--store", "rome", "--out", str(out)]) == 1


def test_applying_shows_the_difference_and_the_same_again_is_nothing(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = here / "campaigns"
    assert main(["campaigns", "apply", str(folder)]) == 0
    (folder / "help.yaml").write_text(HELP.replace("Ask Anna.", "Ask Bob."))
    capsys.readouterr()
    assert main(["campaigns", "apply", "--dry-run", str(folder)]) == 0
    assert "would be applied" in capsys.readouterr().out
    assert main(["campaigns", "apply", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert '-message: {en: {title: Help, body: "Ask Anna."}}' in shown
    assert '+message: {en: {title: Help, body: "Ask Bob."}}' in shown
    assert main(["campaigns", "apply", str(folder)]) == 0
    assert capsys.readouterr().out == "nothing to change\n"
    assert revisions(here) == [("help", 1), ("help", 2)]


def test_one_wrong_file_and_none_is_applied(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "campaigns" / "wrong.yaml").write_text(HELP.replace("id: help", "id: wrong") + "colour: red\n")
    assert main(["campaigns", "apply", str(here / "campaigns")]) == 1
    assert "wrong.yaml:9: expected" in capsys.readouterr().err
    assert revisions(here) == []


def test_a_file_based_on_an_older_revision_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exported, folder = here / "exported", here / "campaigns"
    main(["campaigns", "apply", str(folder)])
    main(["campaigns", "export", "--out", str(exported)])
    (folder / "help.yaml").write_text(HELP.replace("Anna", "Bob"))
    main(["campaigns", "apply", str(folder)])
    assert main(["campaigns", "apply", str(exported)]) == 1
    assert "expected a file based on revision 2 of help" in capsys.readouterr().err
    assert revisions(here) == [("help", 1), ("help", 2)]


def test_a_set_that_does_not_fit_together_is_refused(here: Path) -> None:
    rome = PLAN.replace("id: milan", "id: rome")
    (here / "rome.yaml").write_text(rome)
    assert main(["plan", "apply", str(here / "plan.yaml")]) == 0
    assert main(["plan", "apply", str(here / "rome.yaml")]) == 1


async def test_a_decision_is_explained_with_its_reason_and_facts(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = here / "data" / "aislecue.db"
    furnish(database, [HELP + "trust: corroborated\n"])
    async with open_shop(database) as shop:
        await shop.sight("ann", line("e", OPENING, SHOES, kind="enter"))
        await shop.go(100)
    asked = ["explain", "--shopper", "ann", "--at", "2026-11-02T10:01:00Z"]
    assert main(asked) == 0
    told = capsys.readouterr().out
    assert "no gateway of the zone had heard the beacon" in told
    assert "dwell in milan/shoes at 2026-11-02T10:01:30Z" in told
    assert "trust=corroborated" in told
    assert main([*asked, "--json"]) == 0
    assert '"reason":"not_corroborated"' in capsys.readouterr().out
    assert main(["explain", "--shopper", "bob", "--at", "2026-11-02T10:01:00Z"]) == 1


async def test_every_campaign_is_explained_there_and_then(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = here / "data" / "aislecue.db"
    elsewhere = HELP.replace("id: help", "id: rome").replace("[milan]", "[rome]")
    spent = HELP.replace("id: help", "id: spent") + "limits: {total: 1}\npriority: 60\n"
    furnish(database, [HELP, elsewhere, spent])
    async with open_shop(database) as shop:
        await shop.sight("bob", line("b", OPENING, SHOES, kind="enter"))
        await shop.go(200)
        await shop.sight("ann", line("a", shop.clock.now(), SHOES, kind="enter"))
        await shop.go(100)
    at = "2026-11-02T10:04:"
    asked = ["explain", "--every", "--shopper", "ann", "--at"]
    assert main([*asked, f"{at}00Z"]) == 0
    told = capsys.readouterr().out
    assert "help: its moment has not come yet [not_yet]\n  compared  dwell_s=40.0  after_s=90.0\n" in told
    assert "rome: it runs in other stores [other_store]\n" in told
    assert main([*asked, f"{at}50Z", "--json"]) == 0
    lines = [json.loads(one) for one in capsys.readouterr().out.splitlines()]
    assert [(one["campaign"], one["step"]) for one in lines] == [
        ("help", None),
        ("rome", "other_store"),
        ("spent", "budget"),
    ]
    assert lines[2]["near_miss"]
    assert lines[2]["compared"]["zone"] == "shoes"
    assert main([*asked, "2026-11-02T09:00:00Z"]) == 1
    assert main(["explain", "--every", "--shopper", "eve", "--at", f"{at}00Z"]) == 1


def test_what_is_kept_of_a_shopper_is_given_out_and_erased(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "data").mkdir()
    furnish(here / "data" / "aislecue.db")
    out = here / "ann.json"
    assert main(["shopper", "export", "--shopper", "ann", "--out", str(out)]) == 0
    assert [row["id"] for row in json.loads(out.read_text())["shopper"]] == ["ann"]
    assert out.stat().st_mode & 0o777 == 0o600
    assert main(["shopper", "erase", "--shopper", "ann"]) == 0
    assert capsys.readouterr().out.endswith("shopper: 1\n")
    assert main(["shopper", "export", "--shopper", "ann"]) == 1
    assert main(["shopper", "erase", "--shopper", "ann"]) == 1
    assert "ann: expected a shopper of whom something is kept" in capsys.readouterr().err
    assert read_rows(here / "data" / "aislecue.db", "SELECT id FROM shopper") == [("bob",)]


def test_a_backup_is_made_and_put_back(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = here / "copy.db"
    assert main(["db", "backup"]) == 2
    assert main(["db", "backup", "--file", str(copy)]) == 1
    assert "expected a database, got no file" in capsys.readouterr().err
    (here / "data").mkdir()
    furnish(here / "data" / "aislecue.db")
    assert main(["db", "backup", "--file", str(copy)]) == 0
    main(["shopper", "erase", "--shopper", "ann"])
    assert main(["db", "restore", "--file", str(copy)]) == 0
    assert "erased again: 1" in capsys.readouterr().out
    assert main(["db", "check"]) == 0
    assert main(["shopper", "export", "--shopper", "ann"]) == 1
