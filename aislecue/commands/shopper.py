"""`aislecue shopper`: what is kept about a shopper, given out or erased, for who writes instead of tapping (SPEC 6)."""

import argparse
from pathlib import Path

from aislecue.commands.actions import add_action
from aislecue.commands.db import add_data_dir

HELP = """example:
  aislecue shopper export --shopper s-4f1d --out s-4f1d.json
  aislecue shopper erase --shopper s-4f1d

`export` writes every row of every table, as the shopper's own page does. `erase` deletes them at once and for good; the
audit keeps that it was done, by whom, and a fingerprint. Exit 1 where nothing is kept of this shopper."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    export = add_action(
        actions,
        "export",
        "write everything kept of a shopper, as JSON",
        "shopper export --shopper s-4f1d --out s-4f1d.json",
    )
    export.add_argument("--shopper", required=True, metavar="ID", help="the pseudonym")
    export.add_argument(
        "--out", type=Path, default=Path("-"), metavar="FILE", help="where to; - is standard output"
    )
    add_data_dir(export)
    erase = add_action(
        actions, "erase", "delete everything kept of a shopper, for good", "shopper erase --shopper s-4f1d"
    )
    erase.add_argument("--shopper", required=True, metavar="ID", help="the pseudonym")
    add_data_dir(erase)


def run(args: argparse.Namespace) -> int:
    from aislecue.online.shoppers import erase_shopper, export_shopper

    if args.action == "export":
        return export_shopper(args.data_dir, args.shopper, args.out)
    return erase_shopper(args.data_dir, args.shopper)
