"""A small shop on a real database, for tests of the server: one store, its rules, its shoppers, time by hand."""

import itertools
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protocol.instants import Instant, format_instant, parse_instant
from protocol.sighting import SightingLine
from store_server.db.migrate import upgrade
from store_server.db.session import open_database, writing
from store_server.db.tables import CampaignRevision, PlanRevision, ShopperRow
from store_server.engine.engine import Engine
from store_server.engine.sightings import Taken
from store_server.fleet.silence import mark_silent_gateways
from store_server.news import News
from store_server.rules import RunningRules
from store_server.store.sqlite import SqliteStore
from tests.fakes.clock import ManualClock

UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
TAG_UUID = "3f0e6c1e-6a55-4a0e-8f0e-2b6f6f7d9a01"
OPENING = parse_instant("2026-11-02T10:00:00Z")

PLAN = f"""
version: 1
store: {{id: milan, name: Milano, timezone: Europe/Rome, locale: en, floor: {{width_m: 40, depth_m: 25}}}}
zones:
  - {{id: entrance, name: Entrance, polygon: [[0,0],[8,0],[8,6],[0,6]]}}
  - {{id: shoes, name: Shoes, polygon: [[20,10],[32,10],[32,20],[20,20]]}}
beacons:
  - {{id: ENT-1, zone: entrance, uuid: {UUID}, major: 1, minor: 11}}
  - {{id: SHOES-1, zone: shoes, uuid: {UUID}, major: 1, minor: 12}}
tags: [{{uuid: {TAG_UUID}, kind: cart}}]
gateways:
  - {{id: gw-entrance, zone: entrance}}
  - {{id: gw-shoes, zone: shoes}}
"""
ENTRANCE, SHOES = 11, 12
HELP = """
version: 1
id: help
name: Help
status: live
stores: [milan]
trigger: {on: dwell, zone: shoes, after_s: 90}
message: {en: {title: Help, body: "Ask Anna."}}
"""


@dataclass
class Shop:
    """The server's inside, without doors; `clock` moves only by hand."""

    database: Path
    clock: ManualClock
    engine: Engine
    store: SqliteStore
    messages: News

    async def sight(self, shopper: str, *lines: SightingLine) -> Taken:
        return await self.engine.take_sightings(shopper, "install-1", lines)

    async def go(self, seconds: float, step_s: int = 1) -> None:
        """Let time pass in steps, settling what falls due."""
        end = self.clock.now() + round(seconds * 1000)
        while self.clock.now() < end:
            self.clock.go(min(end, self.clock.now() + step_s * 1000))
            await self.engine.catch_up()

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return read_rows(self.database, sql, *values)

    def write(self, change: Callable[[Any], object]) -> None:
        engine = open_database(self.database)
        with writing(engine) as session:
            change(session)
        engine.dispose()


def read_rows(database: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(database)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def line(
    one: str, at: Instant, minor: int = SHOES, proximity: str = "near", kind: str = "ranged"
) -> SightingLine:
    return SightingLine(one, format_instant(at), UUID, 1, minor, "", proximity, -60, kind)  # type: ignore[arg-type]


def furnish(
    database: Path, campaigns: Sequence[str] = (HELP,), shoppers: Sequence[str] = ("ann", "bob")
) -> None:
    """Make the database: tables, plan, campaigns, consenting shoppers."""
    engine = open_database(database)
    upgrade(engine)
    consent = {"proximity": True, "push": True, "personalisation": True}
    with writing(engine) as session:
        session.add(PlanRevision(store="milan", revision=1, text=PLAN, applied_at=OPENING, applied_by="test"))
        for text in campaigns:
            session.add(revision(text, 1))
        for name in shoppers:
            session.add(ShopperRow(id=name, consent=consent, created_at=OPENING, updated_at=OPENING))
    engine.dispose()


def revision(text: str, number: int) -> CampaignRevision:
    name = next(row.removeprefix("id: ") for row in text.splitlines() if row.startswith("id: "))
    return CampaignRevision(campaign=name, revision=number, text=text, applied_at=OPENING, applied_by="test")


@asynccontextmanager
async def open_shop(database: Path, now: Instant = OPENING) -> AsyncIterator[Shop]:
    """Run a server's inside on a furnished database; opened again, it goes on where it was."""
    clock, messages = ManualClock(now), News()
    numbers = itertools.count(now)
    async with SqliteStore(database) as store:
        engine = Engine(
            store, RunningRules(), clock, lambda: f"m{next(numbers)}", mark_silent_gateways, messages
        )
        yield Shop(database, clock, engine, store, messages)
