"""`aislecue simulate`: decisions for recorded sightings, offline (SPEC 6)."""

import argparse
import sys
from pathlib import Path
from typing import Any

HELP = """example:
  aislecue simulate --plan store/plan.yaml --campaigns store/campaigns \\
    --shoppers shoppers.jsonl --sightings sightings.jsonl --out decisions.jsonl

Every campaign whose trigger fired gets a line, with its outcome and reason. --out - writes to standard output."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    many: dict[str, Any] = {"action": "extend", "nargs": "+", "type": Path, "metavar": "FILE"}
    parser.add_argument("--plan", required=True, help="store plans", **many)
    parser.add_argument(
        "--campaigns",
        required=True,
        action="append",
        type=Path,
        metavar="DIR",
        help="folder of *.yaml and *.json",
    )
    parser.add_argument("--shoppers", required=True, help="shoppers.jsonl", **many)
    parser.add_argument("--sightings", required=True, help="sightings.jsonl, .gz allowed", **many)
    parser.add_argument("--history", default=[], help="history.jsonl", **many)
    parser.add_argument(
        "--presence", default=[], help="what gateways heard, as `aislecue replay` writes it", **many
    )
    parser.add_argument(
        "--assume-live",
        default=[],
        action="extend",
        nargs="+",
        metavar="ID",
        help="campaigns to treat as live",
    )
    parser.add_argument(
        "--out", required=True, type=Path, metavar="FILE", help="decisions, one JSON object a line"
    )
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")


def run(args: argparse.Namespace) -> int:
    import msgspec

    from aislecue.offline.simulation import simulate

    report = simulate(args)
    if args.json and str(args.out) != "-":
        print(msgspec.json.encode(report).decode())
    elif sys.stderr.isatty():
        outcomes = ", ".join(f"{count} {name}" for name, count in report.decisions.items()) or "no decisions"
        print(f"{report.accepted_sightings} sightings: {outcomes}", file=sys.stderr)
    return 0
