"""`aislecue plan`: store plans between files and server (SPEC 2, 6)."""

import argparse
from pathlib import Path

from aislecue.commands.db import add_data_dir

HELP = """example:
  aislecue plan apply store/plan.yaml
  aislecue plan export --store milan-duomo --out plan.yaml

`apply` shows what changes; nothing is applied where a file is wrong, or was exported at a revision that no
longer runs. A running server follows at once."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    apply = actions.add_parser("apply", help="files -> server")
    apply.add_argument("files", nargs="+", type=Path, metavar="FILE")
    apply.add_argument("--dry-run", action="store_true", help="only show what would change")
    export = actions.add_parser("export", help="server -> file")
    export.add_argument("--store", required=True, metavar="ID")
    export.add_argument("--out", required=True, type=Path, metavar="FILE", help="- is standard output")
    for action in (apply, export):
        add_data_dir(action)


def run(args: argparse.Namespace) -> int:
    from aislecue.online.documents import apply_files, export_one
    from store_server.applying import apply_plans, running_plans

    if args.action == "apply":
        return apply_files(args.data_dir, args.files, apply_plans, dry_run=args.dry_run)
    return export_one(args.data_dir, running_plans, args.store, args.out)
