"""What a newcomer gets wrong first, and how it is told: expected, got, and the exit code (SPEC 6)."""

import shutil
from pathlib import Path

import pytest

from aislecue.cli import main
from tests.store_server.shop import furnish

STORE = Path(__file__).parents[2] / "aislecue" / "demo" / "store"
AT = "2026-11-01T10:00:00Z"


def simulate(folder: Path, shoppers: str, *more: str) -> int:
    (folder / "shoppers").write_text(shoppers)
    (folder / "sightings").touch()
    read = ["--plan", str(STORE / "plan.yaml"), "--shoppers", str(folder / "shoppers")]
    written = ["--sightings", str(folder / "sightings"), "--out", str(folder / "out")]
    return main(["simulate", *read, *written, *more])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id":"a","quiet_hours":"22:00-22:00"}', "an end that differs from the start, got '22:00-22:00'"),
        ('{"id":5}', "id as text, got a whole number"),
        ('{"locale":"it"}', "'id' in a shopper, got nothing"),
    ],
)
def test_a_shopper_that_is_wrong(
    tmp_path: Path, line: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate(tmp_path, f"{line}\n", "--campaigns", str(STORE / "campaigns")) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'shoppers'}:1: expected {said}\n"


def test_a_campaign_that_is_to_count_as_live_has_to_be_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaigns = ["--campaigns", str(STORE / "campaigns"), "--assume-live"]
    assert simulate(tmp_path, "", *campaigns, "shoes-help", "nope") == 1
    assert capsys.readouterr().err == "--assume-live: expected ids of these campaigns, got nope\n"
    assert simulate(tmp_path, "", *campaigns, "shoes-help") == 0


def test_hidden_files_beside_campaigns_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AISLECUE_DATA_DIR", str(tmp_path / "data"))
    shutil.copytree(STORE / "campaigns", tmp_path / "campaigns")
    (tmp_path / "campaigns" / "._welcome.yaml").write_bytes(b"\0\5\x16\7\0\2Mac OS X")
    assert simulate(tmp_path, "", "--campaigns", str(tmp_path / "campaigns")) == 0
    assert main(["campaigns", "apply", str(tmp_path / "campaigns")]) == 0


@pytest.mark.parametrize("stores", ["*", "[*]"])
def test_a_star_without_quotes(tmp_path: Path, stores: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text(f"version: 1\nid: a\nstores: {stores}\ntrigger: {{on: arrive}}\n")
    assert main(["check", str(tmp_path)]) == 1
    assert 'a.yaml:3: expected well-formed YAML, got a * without quotes (every store is written "*")' in (
        capsys.readouterr().err
    )


def test_a_trace_whose_payload_is_no_hexadecimal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = tmp_path / "trace.jsonl"
    trace.write_text(f'{{"at":"{AT}","gateway":"g","manufacturer":{{"76":"zz"}},"rssi":-60}}\n')
    asked = ["replay", "--plan", str(STORE / "plan.yaml"), "--input", str(trace), "--out"]
    assert main([*asked, str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == (
        f"{trace}:1: expected manufacturer data as hexadecimal digits, got 'zz'\n"
    )


def test_a_trace_of_another_format_than_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = tmp_path / "trace.jsonl"
    trace.write_text(f'{{"at":"{AT}","gateway":"g","rssi":-60}}\n')
    asked = ["replay", "--plan", str(STORE / "plan.yaml"), "--input", str(trace), "--format", "hcidump"]
    assert main([*asked, "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.startswith(f"{trace}:1: expected packets of hcidump -R such as ")


def test_a_gateway_that_nobody_planned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    furnish(tmp_path / "aislecue.db")
    where = ["--store", "milan", "--gateway", "gw-nobody", "--data-dir", str(tmp_path)]
    assert main(["gateway", "code", *where]) == 1
    assert capsys.readouterr().err == (
        "gateway milan/gw-nobody: expected a gateway of a running plan, got none of this name\n"
    )


def test_an_instant_that_is_none_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["explain", "--shopper", "ann", "--at", "noon"])
    assert ended.value.code == 2
    told = "argument --at: expected an instant such as 2026-11-01T10:00:00Z, got 'noon'"
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--roles", "foo", "'api', 'intake', 'delivery' or 'scheduler'"),
        ("--port", "70000", "less than or equal"),
    ],
)
def test_an_option_of_the_server_that_is_wrong_is_named_as_it_was_written(
    option: str, value: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["server", option, value]) == 2
    assert capsys.readouterr().err.startswith(f"{option}: expected {said}")
