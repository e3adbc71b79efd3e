"""`aislecue user` on a real database: what is done, what is refused with exit 1, what is no use of it with exit 2."""

import io
import json
from pathlib import Path

import pytest

from aislecue.cli import main
from store_server.db.session import open_database
from store_server.web.console.accounts.sessions import sign_in, who
from tests.store_server.shop import OPENING, furnish, read_rows

PASSWORD = "four words of mine"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AISLECUE_DATA_DIR", str(tmp_path))
    furnish(tmp_path / "aislecue.db")
    return tmp_path / "aislecue.db"


def user(monkeypatch: pytest.MonkeyPatch, *arguments: str, password: str = PASSWORD) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    return main(["user", *arguments])


def test_accounts_are_added_listed_and_removed(
    database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert user(monkeypatch, "add", "Anna", "--role", "owner") == 0
    assert user(monkeypatch, "add", "Bruno", "--role", "manager", "--store", "milan") == 0
    assert user(monkeypatch, "list", "--json") == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"name": "Anna", "role": "owner", "stores": None},
        {"name": "Bruno", "role": "manager", "stores": ["milan"]},
    ]
    assert user(monkeypatch, "remove", "Bruno") == 0
    assert user(monkeypatch, "list") == 0
    assert capsys.readouterr().out == "Anna  owner  all stores\n"
    actions = read_rows(database, "SELECT action, subject FROM audit ORDER BY seq")
    assert actions == [("account.add", "Anna"), ("account.add", "Bruno"), ("account.remove", "Bruno")]


def test_a_new_password_ends_the_sessions(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user(monkeypatch, "add", "Anna", "--role", "owner")
    engine = open_database(database)
    token = sign_in(engine, "Anna", PASSWORD, OPENING, lambda: "a token")
    assert user(monkeypatch, "password", "Anna", password="five words are enough") == 0
    assert who(engine, token, OPENING) is None
    assert sign_in(engine, "Anna", "five words are enough", OPENING, lambda: "another token")
    engine.dispose()


@pytest.mark.parametrize(
    ("arguments", "password", "said"),
    [
        (
            ("add", "Anna", "--role", "owner"),
            PASSWORD,
            "account Anna: expected a name that no account has yet, got one",
        ),
        (("add", "Bruno", "--role", "staff"), "short", "expected a password of 10 characters or more"),
        (
            ("add", "Bruno", "--role", "staff", "--store", "rome"),
            PASSWORD,
            "the id of a store that has a plan, got rome",
        ),
        (
            ("add", "Bruno", "--role", "owner", "--store", "milan"),
            PASSWORD,
            "expected no --store for an owner",
        ),
        (("password", "Bruno"), PASSWORD, "expected the name of an account, got none of this name"),
        (("remove", "Bruno"), PASSWORD, "expected the name of an account, got none of this name"),
        (("remove", "Anna"), PASSWORD, "expected another owner who stays, got the last one"),
    ],
)
def test_what_is_refused_is_said_and_changes_nothing(
    database: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    password: str,
    said: str,
) -> None:
    user(monkeypatch, "add", "Anna", "--role", "owner")
    before = read_rows(database, "SELECT name, password_hash FROM account")
    assert user(monkeypatch, *arguments, password=password) == 1
    assert said in capsys.readouterr().err
    assert read_rows(database, "SELECT name, password_hash FROM account") == before


@pytest.mark.parametrize("arguments", [(), ("add", "Anna"), ("add", "Anna", "--role", "king"), ("lend",)])
def test_wrong_use_exits_with_2(database: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["user", *arguments])
    assert ended.value.code == 2
