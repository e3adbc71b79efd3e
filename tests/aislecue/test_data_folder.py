"""A mistyped data folder is told, not filled; a database that is made is its owner's alone (SPEC 6)."""

import io
from pathlib import Path

import pytest

from aislecue.cli import main
from protocol.topics import GatewayAddress
from store_server.db.session import open_database, writing
from store_server.fleet.enrolment import hand_out_code
from tests.store_server.shop import HELP, OPENING, PLAN, furnish, read_rows

REVOKE = "gateway revoke --store milan --gateway"


@pytest.mark.parametrize(
    "arguments",
    [
        "user list",
        "user password Anna",
        "user remove Anna",
        "explain --shopper ann --at 2026-11-02T10:01:00Z",
        "explain --every --shopper ann --at 2026-11-02T10:01:00Z",
        "shopper export --shopper ann",
        "shopper erase --shopper ann",
        "plan export --store milan --out out",
        "campaigns export --out out",
        "gateway code --store milan --gateway gw-shoes",
        f"{REVOKE} gw-shoes --crl out",
        "gateway broker --host localhost --out out",
        "db check",
        "db backup --file out",
    ],
)
def test_a_folder_without_a_database_stays_as_it_is(
    tmp_path: Path, arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("four words of mine\n"))
    assert main([*arguments.split(), "--data-dir", "typo"]) == 1
    assert capsys.readouterr().err.startswith("typo/aislecue.db: expected a database, got no file")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    ["db upgrade", "plan apply plan.yaml", "campaigns apply help.yaml", "user add Anna --role owner"],
)
def test_who_may_make_a_database_makes_a_private_one(
    tmp_path: Path, arguments: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("four words of mine\n"))
    (tmp_path / "plan.yaml").write_text(PLAN)
    (tmp_path / "help.yaml").write_text(HELP)
    assert main([*arguments.split(), "--data-dir", "new"]) == 0
    assert (tmp_path / "new" / "aislecue.db").stat().st_mode & 0o777 == 0o600


def test_what_sqlite_keeps_beside_a_database_is_private_too(tmp_path: Path) -> None:
    database = open_database(tmp_path / "aislecue.db")
    with writing(database) as session:
        session.connection().exec_driver_sql("CREATE TABLE kept (one)")
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    database.dispose()
    assert modes == dict.fromkeys(("aislecue.db", "aislecue.db-wal", "aislecue.db-shm"), 0o600)


def test_a_gateway_that_nobody_knows_is_not_revoked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    furnish(tmp_path / "aislecue.db")
    where = ["--data-dir", str(tmp_path), "--crl", str(tmp_path / "crl")]
    assert main([*f"{REVOKE} gw-typo".split(), *where]) == 1
    assert capsys.readouterr().err == (
        "gateway milan/gw-typo: expected a gateway that has a certificate or stands in a running plan,"
        " got none of this name\n"
    )
    assert not list(tmp_path.glob("gateway-ca*"))
    assert (
        read_rows(tmp_path / "aislecue.db", "SELECT action FROM audit WHERE action = 'gateway.revoke'") == []
    )


def test_a_gateway_of_the_plan_or_with_a_code_is_revoked(tmp_path: Path) -> None:
    furnish(tmp_path / "aislecue.db")
    database = open_database(tmp_path / "aislecue.db")
    with writing(database) as session:
        hand_out_code(session, GatewayAddress("milan", "gw-gone"), "k7qf", "anna", OPENING)
    database.dispose()
    for name in ("gw-shoes", "gw-gone"):
        assert main([*f"{REVOKE} {name}".split(), "--data-dir", str(tmp_path)]) == 0
