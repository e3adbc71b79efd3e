"""Run the demo: one hour as fast as it goes with a summary, or live for somebody to watch."""

import argparse
import asyncio
import json
import logging
import os
import signal
import sqlite3
import sys
import webbrowser
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from aislecue.demo.accounts import Summary, summarize
from aislecue.demo.clock import PacedClock, SteppedClock
from aislecue.demo.hour import run_paced, step_through
from aislecue.demo.sample import sample_store
from aislecue.demo.settling import Ledgers
from aislecue.demo.whole_store import WholeStore, Wish, whole_store
from protocol.instants import HOUR, MINUTE, SECOND, Instant, parse_instant
from store_server.db.session import open_database
from store_server.engine.record import write_record

OPENING: Instant = parse_instant("2026-11-21T09:00:00Z")
"""A Saturday, ten in the morning in Milan: outside quiet hours, inside every schedule of the sample."""
OPEN_HOURS = 12
"""Of the store people watch: until ten in the evening, when its quiet hours have begun."""
MEMORY = Path("/dev/shm")  # noqa: S108  # TemporaryDirectory makes a private folder in it
DONE, PROBLEMS = 0, 1


def run_once(args: argparse.Namespace) -> int:
    """Live one store hour, print what it came to, and say by the exit code whether anything was lost or twice."""
    _log_quietly()
    if args.record is not None:
        args.record.mkdir(
            parents=True, exist_ok=True
        )  # a folder that cannot be is told now, not after the hour
    with TemporaryDirectory(prefix="aislecue-demo-", dir=_scratch()) as folder:
        summary = uvloop.run(one_hour(Wish(args.shoppers, args.seed, args.port), Path(folder), args.record))
    print(json.dumps(asdict(summary)) if args.json else _in_words(summary))
    return DONE if summary.lost == summary.duplicates == 0 else PROBLEMS


def _scratch() -> Path | None:
    """Return where an hour's files go: memory, where there is any to write to, since nobody keeps them."""
    return MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None


async def one_hour(wish: Wish, folder: Path, record: Path | None = None, lasts: Instant = HOUR) -> Summary:
    """Open the sample store, live through it step by step, and count; `record` keeps it as files."""
    clock = SteppedClock(OPENING)
    async with whole_store(sample_store(), wish, folder, clock) as whole:
        with closing(Ledgers(whole.database, clock)) as ledgers:
            busy = [whole.fleet.busy, ledgers.busy]
            await step_through(whole.store, clock, OPENING + lasts, busy, _progress)
        if record is not None:
            _keep(whole, record)
        return _count(whole)


def _keep(whole: WholeStore, record: Path) -> None:
    database = open_database(whole.database)
    write_record(database, record)
    database.dispose()


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
    """Open the store for people to watch, until Ctrl-C."""
    _log_quietly()
    with TemporaryDirectory(prefix="aislecue-demo-") as folder:
        wish = Wish(args.shoppers, args.seed, args.port, hours=OPEN_HOURS, presence_every_ms=SECOND)
        uvloop.run(_watched(wish, Path(folder), args.speed))
    print("The store is closed.")
    return DONE


async def _watched(wish: Wish, folder: Path, speed: float) -> None:
    clock = PacedClock(OPENING, speed)
    async with whole_store(sample_store(), wish, folder, clock) as whole:
        print(f"The store is open: {whole.url}/console   as a shopper: {whole.url}/shop")
        print(
            f"{wish.shoppers} shoppers come in an hour, at {speed:g} times real time. Ctrl-C closes it.",
            flush=True,
        )
        _show(f"{whole.url}/console")
        async with asyncio.TaskGroup() as group:
            living = group.create_task(
                run_paced(whole.store, clock, OPENING + wish.hours * HOUR), name="the store's day"
            )
            await _told_to_stop()
            living.cancel()


def _show(address: str) -> None:
    """Open a browser's window where there is a screen; a text browser would take the terminal away from the demo."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(address)


async def _told_to_stop() -> None:
    """Return on Ctrl-C or SIGTERM, so that everything closes in its order."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    await told.wait()


def _log_quietly() -> None:
    logging.basicConfig(level=logging.WARNING)
    # amqtt tells of every client that hangs up, and hands retained messages to clients that did not subscribe to them.
    for noisy in ("amqtt", "gateway.uplink"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
