"""The console's accounts in the server's database, for `aislecue user`; the audit trail names who sat at the machine."""

import getpass
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlmodel import select

from aislecue.online.documents import open_server_database
from protocol.errors import BadInput, Problem
from store_server.clock import WallClock
from store_server.db.session import reading, writing
from store_server.db.tables import Account
from store_server.web.console.accounts.accounts import (
    AccountFault,
    add_account,
    change_password,
    remove_account,
)
from store_server.web.console.accounts.sessions import end_others

IN_ORDER = {
    "A name of up to 60 characters, please.": ("a name of 1 to 60 characters", "another"),
    "There is an account of this name already.": ("a name that no account has yet", "one that is taken"),
    "The first account is an owner's.": ("--role owner for the first account", "another role"),
    "An owner has every store.": ("no --store for an owner, who has every store", "one"),
    "There is no such store.": ("--store with the id of a store that has a plan", "none of this id"),
    "At least 10 characters, please: a short sentence is easy to remember.": (
        "a password of 10 characters or more, such as a short sentence",
        "one of another length",
    ),
    "There is no account of this name.": ("the name of an account", "none of this name"),
    "The last owner stays.": ("another owner who stays", "the last one"),
}
"""What the console says of an account -> what was expected and what came, as a command says it."""


def add(data_dir: Path | None, name: str, role: str, stores: Sequence[str], password: str) -> None:
    """Add an account. Raises BadInput."""
    with open_server_database(data_dir, create=True) as database:
        try:
            with writing(database) as session:
                add_account(session, name, password, role, WallClock().now(), stores, getpass.getuser())
        except AccountFault as fault:
            raise _refused(name, fault) from fault


def listed(data_dir: Path | None) -> list[dict[str, Any]]:
    """Return name, role and stores (None: all) of every account."""
    with open_server_database(data_dir) as database, reading(database) as session:
        found = session.exec(select(Account).order_by(Account.name)).all()
        return [{"name": one.name, "role": one.role, "stores": one.stores} for one in found]


def change(data_dir: Path | None, name: str, password: str) -> None:
    """Give an account another password and end its sessions. Raises BadInput."""
    with open_server_database(data_dir) as database:
        try:
            with writing(database) as session:
                change_password(session, name, password, getpass.getuser(), WallClock().now())
                end_others(session, name, None)
        except AccountFault as fault:
            raise _refused(name, fault) from fault


def remove(data_dir: Path | None, name: str) -> None:
    """Remove an account. Raises BadInput."""
    with open_server_database(data_dir) as database:
        try:
            with writing(database) as session:
                if session.get(Account, name) is None:
                    raise AccountFault("name", "There is no account of this name.")
                remove_account(session, name, getpass.getuser(), WallClock().now())
        except AccountFault as fault:
            raise _refused(name, fault) from fault


def _refused(name: str, fault: AccountFault) -> BadInput:
    expected, got = IN_ORDER.get(fault.why, (f"another {fault.field}", fault.said))
    named = fault.said.removeprefix(fault.why).strip(" ()")
    return BadInput(Problem(f"account {name}", None, expected, named or got))
