"""What cannot be read or written is told in a line, whichever command asked for it (SPEC 6)."""

import subprocess
import sys
from pathlib import Path

import pytest

from aislecue.cli import main
from tests.store_server.shop import furnish

STORE = Path(__file__).parents[2] / "aislecue" / "demo" / "store"
SHOPPER = '{"id":"ann","consent":{"proximity":true,"push":true}}\n'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AISLECUE_DATA_DIR", str(tmp_path / "data"))
    furnish(tmp_path / "data" / "aislecue.db")
    (tmp_path / "file").touch()
    (tmp_path / "plan.yaml").write_bytes((STORE / "plan.yaml").read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        ("db backup --file nodir/b.db", "nodir/b.db.unfinished"),
        ("plan export --store milan --out nodir/p.yaml", "nodir/p.yaml"),
        ("campaigns export --out file", "file"),
        ("user list --data-dir file", "file"),
        ("db upgrade --data-dir file", "file"),
        ("db upgrade --data-dir /proc/x", "/proc/x"),
        ("plan walk plan.yaml --trace nope --marks marks", "nope"),
        ("plan walk plan.yaml --trace file --marks file", "file"),
        ("plan calibrate plan.yaml --trace file --marks file", "file"),
        ("firmware render --plan plan.yaml --out file/build --no-pdf", "file"),
        ("demo --once --record file", "file"),
        ("server --data-dir file", "file"),
        ("replay --plan plan.yaml --input nope --out out", "nope"),
        ("replay --plan plan.yaml --input file --out nodir/out", "nodir/out.part"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    here: Path, arguments: str, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "marks").write_text('{"at":"2026-11-01T10:00:00Z","here":null}\n')
    assert main(arguments.split()) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"{place}")
    assert ": expected " in told
    assert ", got " in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("arguments", ["user list", "db upgrade", "db check", "explain --shopper a --at T"])
@pytest.mark.parametrize("kind", ["folder", "noise"])
def test_what_is_no_database_is_named(
    here: Path, arguments: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    database = here / "other" / "aislecue.db"
    database.parent.mkdir()
    if kind == "folder":
        database.mkdir()
    else:
        database.write_bytes(b"noise" * 999)
    asked = arguments.replace(" T", " 2026-11-02T10:01:00Z").split()
    assert main([*asked, "--data-dir", "other"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("other/aislecue.db: expected a database of a store server, got ")
    assert told.count("\n") == 1


def inputs(here: Path) -> list[str]:
    """Write what a simulation reads: thousands of shoppers walk in, so that a pipe's reader is gone before its end."""
    beacon = '"uuid":"8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10","major":1,"minor":11'
    (here / "shoppers").write_text("".join(SHOPPER.replace("ann", f"s{n}") for n in range(3_000)))
    (here / "sightings").write_text(
        "".join(
            f'{{"id":"{n}","at":"2026-11-02T10:00:00Z","shopper":"s{n}",{beacon},"proximity":"near"}}\n'
            for n in range(3_000)
        )
    )
    read = ["--plan", "plan.yaml", "--campaigns", str(STORE / "campaigns"), "--shoppers", "shoppers"]
    return ["simulate", *read, "--sightings", "sightings", "--out", "-"]


def test_a_reader_who_has_seen_enough_is_no_fault(here: Path) -> None:
    program = [sys.executable, "-m", "aislecue.cli", *inputs(here)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith(b'{"at":')
        running.stdout.close()
        assert running.stderr is not None
        assert running.stderr.read() == b""
    assert running.returncode == 0


def test_counts_do_not_follow_decisions_on_standard_output(
    here: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main([*inputs(here), "--json"]) == 0
    lines = capfdbinary.readouterr().out.splitlines()
    assert lines
    assert all(line.startswith(b'{"at":') for line in lines)
