"""The sample store with campaigns of a test's choice: real broker, gateways, server and delivery; time and phones by hand."""

import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec

from aislecue.demo.clock import SteppedClock
from aislecue.demo.crowd import NO, YES
from aislecue.demo.hour import step_through
from aislecue.demo.phone import Heard, Phone, Region
from aislecue.demo.phone.api import PushTarget, StoreApi
from aislecue.demo.phone.push import CURVE, Push, PushKeys
from aislecue.demo.run import OPENING
from aislecue.demo.sample import SampleStore, sample_store
from aislecue.demo.settling import Ledgers, settle
from aislecue.demo.whole_store import WholeStore, Wish, whole_store
from campaigns.document import read_campaign
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant

UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
SHOES = BeaconIdentity(UUID, 5, 51)
SHOE_REGION = Region(UUID, 5)
NEAR_DBM, FAR_DBM = -75, -90
__all__ = ["NO", "SHOES", "SHOE_REGION", "YES", "Carried", "Road", "heard", "open_road"]


def heard(identity: BeaconIdentity = SHOES, rssi_dbm: int = NEAR_DBM) -> list[Heard]:
    return [Heard(identity, rssi_dbm, -68)]


@dataclass
class Carried:
    """A reference phone and what its push service holds for it."""

    phone: Phone
    api: StoreApi
    keys: PushKeys
    mailbox: list[bytes]

    async def open_pushes(self) -> list[Push]:
        return [await self.phone.receive(self.keys, self.mailbox.pop(0)) for _ in list(self.mailbox)]


@dataclass
class Road:
    """The open store; `live` lets time pass, instant by instant."""

    whole: WholeStore
    clock: SteppedClock
    ledgers: Ledgers

    async def live(self, seconds: float) -> None:
        until = self.clock.now() + round(seconds * SECOND)
        await step_through(self.whole.store, self.clock, until, self._busy, _silently)
        await settle(self.clock, self._busy)

    @asynccontextmanager
    async def phone(self, consents: Mapping[str, bool] = YES, locale: str = "en") -> AsyncIterator[Carried]:
        """Install a phone that agreed to this."""
        async with httpx.AsyncClient(base_url=self.whole.url) as http:
            api = StoreApi(http)
            endpoint, mailbox = self.whole.push_service.subscribe()
            keys = PushKeys(ec.generate_private_key(CURVE), token_bytes(16))
            phone = Phone(api, self.clock, app_start=token_hex(4))
            await phone.opt_in(consents, locale=locale, push=PushTarget(keys.subscription(endpoint)))
            yield Carried(phone, api, keys, mailbox)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.whole.database)) as database:
            return database.execute(sql, values).fetchall()

    def outcomes(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT campaign, outcome, reason FROM decision ORDER BY campaign, at")

    @property
    def _busy(self) -> list[Any]:
        return [self.whole.fleet.busy, self.ledgers.busy]


@asynccontextmanager
async def open_road(folder: Path, *campaigns: str) -> AsyncIterator[Road]:
    """Open the sample store with these campaigns and nobody in it."""
    sample = sample_store()
    texts = {read_campaign(text, "campaign").id: text for text in campaigns}
    clock = SteppedClock(OPENING)
    chosen = SampleStore(sample.plan_text, sample.plan, texts)
    async with whole_store(
        chosen, Wish(shoppers=0, seed=1, presence_every_ms=2 * SECOND), folder, clock
    ) as whole:
        with closing(Ledgers(whole.database, clock)) as ledgers:
            road = Road(whole, clock, ledgers)
            await road.live(3)
            yield road


def campaign(name: str, trigger: str, *more: str, title: str = "Hello", status: str = "live") -> str:
    """Write a small campaign; `more` are further lines of it."""
    lines: Sequence[str] = (
        "version: 1",
        f"id: {name}",
        f"name: {name}",
        f"status: {status}",
        "stores: [milano-centro]",
        f"trigger: {trigger}",
        f"message: {{en: {{title: {title}, body: A body}}}}",
        *more,
    )
    return "\n".join(lines) + "\n"


def _silently(_now: Instant) -> None:
    """No progress is shown."""
