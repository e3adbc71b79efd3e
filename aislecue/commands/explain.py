"""`aislecue explain`: why a shopper got, or did not get, a message at an instant (SPEC 5, 6)."""

import argparse

from aislecue.commands.db import add_data_dir
from protocol.instants import Instant, parse_instant
from protocol.refusals import in_order

HELP = """example:
  aislecue explain --shopper ann --at 2026-11-01T10:02:00Z
  aislecue explain --shopper ann --at 2026-11-01T10:02:00Z --within-s 3600 --json
  aislecue explain --shopper ann --at 2026-11-01T10:02:00Z --every

Every decision kept around that instant: outcome, the step that decided, the facts it rested on, and what became of the
message. Exit 1 where none is kept.
--every: each campaign instead, and the step that stops it for this shopper there and then, with the values compared;
their sightings of the last week are played again up to that instant. Exit 1 where they were in no store."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--shopper", required=True, metavar="ID", help="the pseudonym")
    parser.add_argument(
        "--at", required=True, type=_instant, metavar="T", help="an instant, such as 2026-11-01T10:02:00Z"
    )
    parser.add_argument("--within-s", type=int, default=600, metavar="S", help="how far around it (600)")
    parser.add_argument(
        "--every", action="store_true", help="each campaign, and what stops it there and then"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a decision")
    add_data_dir(parser)


def _instant(text: str) -> Instant:
    try:
        return parse_instant(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(in_order(str(fault))) from fault


def run(args: argparse.Namespace) -> int:
    if args.every:
        from aislecue.online.standing import explain_every

        return explain_every(args.data_dir, args.shopper, args.at, as_json=args.json)
    from aislecue.online.explanation import explain

    return explain(args.data_dir, args.shopper, args.at, args.within_s * 1000, as_json=args.json)
