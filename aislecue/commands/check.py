"""`aislecue check`: plans and campaigns before they go live: schema, references, lint (SPEC 6)."""

import argparse
import sys
from pathlib import Path

HELP = """example:
  aislecue check store/plan.yaml store/campaigns

A folder is read with all its subfolders: every *.yaml and *.json but hidden ones. What is a plan and what a campaign
shows in the document itself. Every problem of every file is told, one a line; 0 means nothing was found, 1 something
was. Stores and zones are looked up only where a plan is among the files."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="DIR-or-FILE", help="plans, campaigns, or folders of them"
    )
    parser.add_argument(
        "--today", metavar="DATE", help="judge schedules from this day on (default: today, UTC)"
    )
    parser.add_argument("--json", action="store_true", help="print counts and findings as JSON")


def run(args: argparse.Namespace) -> int:
    import msgspec

    from aislecue.offline.checking import check, parse_today

    try:
        today = parse_today(args.today)
    except ValueError as fault:
        print(f"--today: {fault}", file=sys.stderr)
        return 2
    report = check(args.paths, today)
    if args.json:
        print(msgspec.json.encode(report.as_json()).decode())
        return 1 if report.findings else 0
    for finding in report.findings:
        print(finding, file=sys.stderr)
    print(report.summary())
    return 1 if report.findings else 0
