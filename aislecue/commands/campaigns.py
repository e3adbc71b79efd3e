"""`aislecue campaigns`: campaigns between files and server (SPEC 3, 6)."""

import argparse
from pathlib import Path

from aislecue.commands.actions import add_action
from aislecue.commands.db import add_data_dir

HELP = """example:
  aislecue campaigns apply store/campaigns
  aislecue campaigns export --out campaigns

`apply` takes files and folders (*.yaml, *.json directly in them) and shows what changes; where one file is wrong,
none is applied. A campaign is ended by its status, not by deleting its file. A running server follows at once."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    apply = add_action(
        actions, "apply", "bring campaigns from files to the server", "campaigns apply store/campaigns"
    )
    apply.add_argument(
        "files", nargs="+", type=Path, metavar="DIR-or-FILE", help="campaigns, or folders of them"
    )
    apply.add_argument("--dry-run", action="store_true", help="only show what would change")
    export = add_action(
        actions, "export", "write the server's campaigns to files", "campaigns export --out campaigns"
    )
    export.add_argument("--out", required=True, type=Path, metavar="DIR", help="a folder for one file each")
    for action in (apply, export):
        add_data_dir(action)


def run(args: argparse.Namespace) -> int:
    from aislecue.online.documents import apply_files, documents_in, export_all
    from store_server.applying import apply_campaigns, running_campaigns

    if args.action == "apply":
        files = documents_in(args.files)
        return apply_files(args.data_dir, files, apply_campaigns, dry_run=args.dry_run)
    return export_all(args.data_dir, running_campaigns, args.out)
