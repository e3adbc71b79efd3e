"""`aislecue replay`: a recorded trace through the real decoder, tracker and fusion (SPEC 6, 9)."""

import argparse
from pathlib import Path

HELP = """example:
  aislecue replay --plan store/plan.yaml --input trace.jsonl.gz --out zones.jsonl

Writes presence, zone and gateway lines on the trace's own clock, and a summary as the last line.
The format is told by how a file begins where --format does not say it. --out - writes to standard output."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plan", required=True, type=Path, metavar="FILE", help="the store's plan")
    parser.add_argument(
        "--input",
        required=True,
        action="append",
        type=Path,
        metavar="TRACE",
        help="the trace, .gz allowed; repeated: one after the other",
    )
    parser.add_argument("--format", choices=("jsonl", "hcidump", "btsnoop"), help="what the trace is")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="one JSON object a line")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def run(args: argparse.Namespace) -> int:
    from aislecue.offline.replaying import replay

    summary = replay(args.plan, args.input, args.format, args.out)
    if args.json and str(args.out) != "-":
        print(summary)
    return 0
