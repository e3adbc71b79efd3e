"""`aislecue plan`: store plans between files and server, and help with what to write into them (SPEC 2, 6)."""

import argparse
from pathlib import Path

from aislecue.commands.actions import Actions, add_action
from aislecue.commands.db import add_data_dir

HELP = """example:
  aislecue plan apply store/plan.yaml
  aislecue plan export --store milan-duomo --out plan.yaml
  aislecue plan suggest store/plan.yaml --map coverage.svg
  aislecue plan calibrate store/plan.yaml --trace walk.jsonl.gz --marks walk.marks
  aislecue plan walk store/plan.yaml --trace walk.jsonl.gz --marks walk.marks --page walk.html

`apply` shows what changes; nothing is applied where a file is wrong, or was exported at a revision that no
longer runs. A running server follows at once. The others need no server: `suggest` reckons places, powers, majors and
batteries from the zones; `calibrate` writes the measured power of each beacon that the marks name into the plan;
`walk` says where a store is deaf and where zones bleed into each other. Traces and marks come from
`aislecue gateway record`; docs/hardware.md has the whole way."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    apply = add_action(actions, "apply", "bring plans from files to the server", "plan apply store/plan.yaml")
    apply.add_argument("files", nargs="+", type=Path, metavar="FILE", help="plans")
    apply.add_argument("--dry-run", action="store_true", help="only show what would change")
    export = add_action(
        actions,
        "export",
        "write a plan of the server to a file",
        "plan export --store milan-duomo --out plan.yaml",
    )
    export.add_argument("--store", required=True, metavar="ID", help="whose plan")
    export.add_argument("--out", required=True, type=Path, metavar="FILE", help="- is standard output")
    for action in (apply, export):
        add_data_dir(action)
    _add_help(actions)


def _add_help(actions: Actions) -> None:
    suggest = add_action(
        actions,
        "suggest",
        "reckon places, powers, majors and batteries from the zones' sizes",
        "plan suggest store/plan.yaml --map coverage.svg",
    )
    suggest.add_argument("files", nargs="+", type=Path, metavar="PLAN", help="all stores share 20 regions")
    suggest.add_argument("--map", type=Path, metavar="SVG", help="draw the coverage of the first plan")
    calibrate = add_action(
        actions,
        "calibrate",
        "write measured powers from a walk into the plan",
        "plan calibrate store/plan.yaml --trace walk.jsonl.gz --marks walk.marks",
    )
    calibrate.add_argument("--dry-run", action="store_true", help="only judge the samples")
    walk = add_action(
        actions,
        "walk",
        "say where a walk found the store deaf, or zones that bleed",
        "plan walk store/plan.yaml --trace walk.jsonl.gz --marks walk.marks --page walk.html",
    )
    walk.add_argument("--page", type=Path, metavar="HTML", help="write a page with floor plan and timeline")
    for action in (calibrate, walk):
        action.add_argument("plan", type=Path, metavar="PLAN", help="the store's plan")
        action.add_argument("--trace", required=True, type=Path, metavar="FILE", help="what was heard")
        action.add_argument(
            "--marks", required=True, type=Path, metavar="FILE", help="where the walker stood"
        )
    for action in (suggest, calibrate, walk):
        action.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    if args.action in ("suggest", "calibrate", "walk"):
        from aislecue.offline import planning

        return {"suggest": planning.suggest, "calibrate": planning.calibrate, "walk": planning.walk}[
            args.action
        ](args)
    from aislecue.online.documents import apply_files, export_one
    from store_server.applying import apply_plans, running_plans

    if args.action == "apply":
        return apply_files(args.data_dir, args.files, apply_plans, dry_run=args.dry_run)
    return export_one(args.data_dir, running_plans, args.store, args.out)
