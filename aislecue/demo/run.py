"""Run the demo: one hour as fast as it goes with a summary, or live for somebody to watch."""

import argparse
import json
import logging
import sqlite3
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from aislecue.demo.accounts import Summary, summarize
from aislecue.demo.clock import SteppedClock
from aislecue.demo.hour import step_through
from aislecue.demo.sample import sample_store
from aislecue.demo.settling import Ledgers
from aislecue.demo.whole_store import WholeStore, Wish, whole_store
from protocol.instants import HOUR, MINUTE, Instant, parse_instant

OPENING: Instant = parse_instant("2026-11-21T09:00:00Z")
"""A Saturday, ten in the morning in Milan: outside quiet hours, inside every schedule of the sample."""
DONE, PROBLEMS = 0, 1


def run_once(args: argparse.Namespace) -> int:
    """Live one store hour, print what it came to, and say by the exit code whether anything was lost or twice."""
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("amqtt").setLevel(logging.ERROR)
    with TemporaryDirectory(prefix="aislecue-demo-") as folder:
        summary = uvloop.run(one_hour(Wish(args.shoppers, args.seed, args.port), Path(folder), args.record))
    print(json.dumps(asdict(summary)) if args.json else _in_words(summary))
    return DONE if summary.lost == summary.duplicates == 0 else PROBLEMS


async def one_hour(wish: Wish, folder: Path, record: Path | None = None, lasts: Instant = HOUR) -> Summary:
    """Open the sample store, live through it step by step, and count."""
    clock = SteppedClock(OPENING)
    async with whole_store(sample_store(), wish, folder, clock) as whole:
        with closing(Ledgers(whole.database, clock)) as ledgers:
            busy = [whole.fleet.busy, ledgers.busy]
            await step_through(whole.store, clock, OPENING + lasts, busy, _progress)
        return _count(whole)


def _count(whole: WholeStore) -> Summary:
    with closing(sqlite3.connect(f"file:{whole.database}?mode=ro", uri=True)) as database:
        phones = [shopper.phone for shopper in whole.shoppers]
        return summarize(database, phones, whole.fleet.ends(), whole.answers.uploads_ms)


def _progress(now: Instant) -> None:
    if sys.stderr.isatty() and now % MINUTE == 0:
        minutes = (now - OPENING) // MINUTE
        print(f"\r{minutes:3d} of 60 minutes", end="" if minutes < 60 else "\n", file=sys.stderr, flush=True)


def _in_words(summary: Summary) -> str:
    rows = [
        ("sightings accepted", summary.accepted_sightings),
        ("presence messages", summary.presence_messages),
        ("decisions", _pairs(summary.decisions)),
        ("messages", _pairs(summary.messages)),
        ("lost", summary.lost),
        ("twice", summary.duplicates),
        ("upload to answer, ms", _pairs(summary.decide_ms)),
    ]
    return "\n".join(f"{name:<22} {value}" for name, value in rows)


def _pairs(values: dict[str, int] | dict[str, float]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items()) or "none"


def run_demo(args: argparse.Namespace) -> int:
    raise NotImplementedError
