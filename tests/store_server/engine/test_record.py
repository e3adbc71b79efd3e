"""What was live, replayed by `aislecue simulate`, gives the same decisions (SPEC 5, issue "one whole road")."""

import sqlite3
from pathlib import Path
from random import Random

from aislecue.cli import main
from store_server.db.session import open_database
from store_server.engine.record import write_record
from store_server.intake.presence import take_presence
from store_server.rules import RunningRules
from store_server.store.port import Transaction
from tests.store_server.intake.test_presence import said
from tests.store_server.shop import ENTRANCE, HELP, SHOES, Shop, furnish, line, open_shop

WELCOME = """
version: 1
id: welcome
name: Welcome
status: live
stores: "*"
trigger: {on: arrive}
channels: [inbox]
message: {en: {title: Welcome, body: "Today: socks."}}
"""
GOODBYE = """
version: 1
id: goodbye
name: Goodbye
status: live
stores: [milan]
trigger: {on: exit, zone: shoes}
trust: corroborated
priority: 70
holdout_pct: 30
limits: {total: 6}
message: {en: {title: Bye, body: "{name|friend}, come back."}}
"""
TEASE = (
    HELP.replace("id: help", "id: tease").replace("after_s: 90", "after_s: 60, within: near")
    + "variants: [{id: a, weight: 1}, {id: b, weight: 3}]\n"
)
SHOPPERS = [f"shopper-{k}" for k in range(8)]


async def live_day(shop: Shop, random: Random) -> None:
    """Let shoppers come and go, some phones in pockets, some uploads late."""
    rules = RunningRules()
    provider = sqlite3.connect(shop.database, isolation_level=None)  # takes every message at once
    for second in range(600):
        now = shop.clock.now()
        if second % 5 == 0 and second < 300:
            arrived = [said(second + 1, second, first_s=0)]

            def keep(tx: Transaction) -> None:
                take_presence(tx, rules.current(tx), arrived, now)  # noqa: B023  # awaited before it changes

            await shop.store.transact(keep)
        for shopper in SHOPPERS:
            if random.random() < 0.2:
                minor = random.choice((ENTRANCE, SHOES, SHOES, SHOES))
                kind = random.choice(("ranged", "ranged", "ranged", "enter", "exit"))
                band = random.choice(("immediate", "near", "far", "unknown"))
                await shop.sight(
                    shopper, line(f"{second}-{random.getrandbits(32):x}", now, minor, band, kind)
                )
        await shop.go(1)
        provider.execute("UPDATE outbox SET state = 'accepted'")
    provider.close()
    await shop.go(4000, step_s=20)


async def test_a_day_replayed_gives_the_decisions_it_gave(tmp_path: Path) -> None:
    database = tmp_path / "aislecue.db"
    furnish(database, [HELP, WELCOME, GOODBYE, TEASE], SHOPPERS)
    async with open_shop(database) as shop:
        await live_day(shop, Random(4))
    engine = open_database(database)
    record = write_record(engine, tmp_path / "record")
    engine.dispose()
    replayed = tmp_path / "replayed.jsonl"
    files = {
        "--campaigns": record.campaigns,
        "--shoppers": record.shoppers,
        "--sightings": record.sightings,
        "--presence": record.presence,
        "--history": record.history,
        "--out": replayed,
    }
    arguments = [str(part) for pair in files.items() for part in pair]
    assert main(["simulate", "--plan", *map(str, record.plans.iterdir()), *arguments]) == 0
    assert record.decisions.read_bytes().splitlines() == replayed.read_bytes().splitlines()
    assert len(record.decisions.read_bytes().splitlines()) > 20
