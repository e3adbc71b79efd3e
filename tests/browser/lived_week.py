"""A week that was lived behind a real server, and what `aislecue simulate` says of it: figures for pages to agree with."""

import asyncio
import json
import shutil
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from store_server.db.session import open_database, writing
from store_server.engine.record import Record, write_record
from tests.browser.afternoon import add_people
from tests.store_server.reach.lived import live
from tests.store_server.reach.sample import CANDIDATE, NOW
from tests.store_server.shop import revision

SOCKS = "socks"
SIMULATE_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Simulated:
    """What the command's lines add up to, for the draft and for what it does to others."""

    outcomes: Mapping[str, int]
    reasons: Mapping[tuple[str, str], int]
    receivers: int
    others: Mapping[str, tuple[int, int]]
    """Campaign -> messages sent without the draft, and with it."""


async def make_week(folder: Path) -> tuple[Path, Simulated]:
    """Live the week with a draft in it, and run the command on its record."""
    lived, database = folder / "lived.db", folder / "aislecue.db"
    await live(lived)
    shutil.copy(lived, database)
    engine = open_database(database)
    with writing(engine) as session:
        session.add(revision(CANDIDATE, 1))
    add_people(engine, NOW)
    record = write_record(engine, folder / "record")
    engine.dispose()
    return database, summed(await run_simulate(record), await run_simulate(record, "--assume-live", SOCKS))


async def run_simulate(record: Record, *more: str) -> list[dict[str, str | None]]:
    """Run the command as at a shell and return its lines."""
    out = record.folder / "out.jsonl"
    command = ["simulate", "--plan", *map(str, record.plans.iterdir()), "--campaigns", str(record.campaigns)]
    command += ["--shoppers", str(record.shoppers), "--sightings", str(record.sightings)]
    command += ["--presence", str(record.presence), "--history", str(record.history), "--out", str(out)]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "aislecue.cli", *command, *more)
    async with asyncio.timeout(SIMULATE_TIMEOUT_S):
        assert await process.wait() == 0
    return [json.loads(line) for line in out.read_text().splitlines()]


def summed(without: list[dict[str, str | None]], with_it: list[dict[str, str | None]]) -> Simulated:
    mine = [one for one in with_it if one["campaign"] == SOCKS]
    sent = [
        Counter(one["campaign"] for one in lines if one["outcome"] == "send") for lines in (without, with_it)
    ]
    others = {one["campaign"] for one in with_it} - {SOCKS}
    return Simulated(
        outcomes=Counter(str(one["outcome"]) for one in mine),
        reasons=Counter((str(one["outcome"]), one["reason"]) for one in mine if one["reason"] is not None),
        receivers=len({one["shopper"] for one in mine if one["outcome"] == "send"}),
        others={str(name): (sent[0][name], sent[1][name]) for name in others},
    )
