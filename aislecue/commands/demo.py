"""`aislecue demo`: a whole store in one process, on simulated radio (SPEC 6)."""

import argparse
from pathlib import Path

HELP = """examples:
  aislecue demo                    watch the sample store live: open the printed address, Ctrl-C ends it
  aislecue demo --speed 60         an hour in a minute
  aislecue demo --once --json      one store hour as fast as it goes, then what it came to
"""

SHOPPERS = 20
SPEED = 10.0
MAX_SHOPPERS = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--speed", type=_speed, default=SPEED, metavar="N", help=f"times real time; default {SPEED:g}"
    )
    parser.add_argument(
        "--shoppers", type=_shoppers, default=SHOPPERS, metavar="N", help=f"in an hour; default {SHOPPERS}"
    )
    parser.add_argument(
        "--port", type=int, default=0, metavar="P", help="of the pages; default: one that is free"
    )
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="of radio and walks; default 7")
    parser.add_argument("--once", action="store_true", help="live one store hour as fast as it goes, and end")
    parser.add_argument("--json", action="store_true", help="with --once: the summary as JSON")
    parser.add_argument(
        "--record",
        type=Path,
        metavar="DIR",
        help="with --once: keep the hour as files for `aislecue simulate`",
    )


def run(args: argparse.Namespace) -> int:
    from aislecue.demo.run import run_demo, run_once

    if args.once:
        return run_once(args)
    return run_demo(args)


def _speed(text: str) -> float:
    value = float(text)
    if not 0.1 <= value <= 600:
        raise argparse.ArgumentTypeError(f"expected a speed from 0.1 to 600, got {text}")
    return value


def _shoppers(text: str) -> int:
    value = int(text)
    if not 1 <= value <= MAX_SHOPPERS:
        raise argparse.ArgumentTypeError(f"expected 1 to {MAX_SHOPPERS} shoppers, got {text}")
    return value
