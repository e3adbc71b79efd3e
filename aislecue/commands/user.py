"""`aislecue user`: accounts of the console, from the machine it runs on (SPEC 6)."""

import argparse
import getpass
import json
import sys

from aislecue.commands.actions import add_action
from aislecue.commands.db import add_data_dir

HELP = """example:
  aislecue user add Anna --role owner
  aislecue user add Bruno --role manager --store milan-duomo < password.txt
  aislecue user list --json
  aislecue user password Bruno
  aislecue user remove Bruno

A password is asked for twice on a terminal, and read as one line from anywhere else. Without --store an account
sees every store. A new password ends that account's sessions."""

ROLES = ("owner", "manager", "operator", "staff")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    add = add_action(
        actions,
        "add",
        "add an account; the first one is an owner's",
        "user add Bruno --role manager --store milan-duomo",
    )
    add.add_argument("name", help="by which one signs in")
    add.add_argument("--role", required=True, choices=ROLES, help="what one may do")
    add.add_argument("--store", action="append", default=[], metavar="ID", help="only this store; repeatable")
    listing = add_action(actions, "list", "show every account", "user list --json")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    password = add_action(actions, "password", "give an account another password", "user password Bruno")
    password.add_argument("name", help="whose password")
    remove = add_action(actions, "remove", "remove an account and end its sessions", "user remove Bruno")
    remove.add_argument("name", help="whose account")
    for action in (add, listing, password, remove):
        add_data_dir(action)


def run(args: argparse.Namespace) -> int:
    from aislecue.online import accounts

    if args.action == "add":
        accounts.add(args.data_dir, args.name, args.role, args.store, read_password())
    elif args.action == "password":
        accounts.change(args.data_dir, args.name, read_password())
    elif args.action == "remove":
        accounts.remove(args.data_dir, args.name)
    else:
        for one in accounts.listed(args.data_dir):
            print(json.dumps(one, ensure_ascii=False) if args.json else _line(one))
    return 0


def read_password() -> str:
    """Ask for a password, twice where somebody types it blind."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    while getpass.getpass("Once more: ") != password:
        print("These were two different ones.", file=sys.stderr)
        password = getpass.getpass("Password: ")
    return password


def _line(one: dict[str, object]) -> str:
    stores = one["stores"]
    return f"{one['name']}  {one['role']}  {' '.join(stores) if isinstance(stores, list) else 'all stores'}"
