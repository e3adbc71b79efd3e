"""The sample store's afternoon behind a real server on loopback: a real SQLite, the whole application, a clock that stands."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy import Engine

from aislecue.demo.web import listen, serving
from protocol.instants import DAY, Instant
from store_server.app import create_app
from store_server.db.session import open_database, writing
from store_server.fleet.alerts import SETTLE_MS, Alerts
from store_server.ids import new_secret
from store_server.settings import Settings
from store_server.web.console.accounts.accounts import add_account
from store_server.web.console.accounts.gate import HOME, SESSION_COOKIE
from store_server.web.console.accounts.sessions import sign_in
from tests.browser.chain import add_past
from tests.fakes.clock import ManualClock
from tests.store_server.web.console.sample import NOW, fill_database

PASSWORD = "four words of mine"
AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
)
PEOPLE = {"Anna": "owner", "Bruno": "manager", "Carla": "operator", "Dario": "staff"}


@dataclass(frozen=True)
class Afternoon:
    """A running server and a look into its database."""

    app: FastAPI
    url: str
    engine: Engine
    clock: ManualClock

    def cookie(self, name: str = "Anna") -> dict[str, str]:
        """Return a session of one of PEOPLE, as their browser keeps it."""
        token = sign_in(self.engine, name, PASSWORD, self.clock.now(), new_secret, AGENT)
        return {"name": SESSION_COOKIE, "value": token, "url": f"{self.url}{HOME}"}


def make_database(folder: Path) -> Path:
    """Fill a database once for all tests: migrations and passwords take longer than most of them."""
    path = folder / "aislecue.db"
    engine = fill_database(path)
    add_past(engine, NOW)
    add_people(engine, NOW)
    engine.dispose()
    return path


def add_people(engine: Engine, now: Instant) -> None:
    """Let PEOPLE in; afterwards the database is one file, ready to be copied."""
    with writing(engine) as session:
        for name, role in PEOPLE.items():
            add_account(session, name, PASSWORD, role, now - DAY)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


@asynccontextmanager
async def open_afternoon(made: Path, folder: Path, now: Instant = NOW) -> AsyncIterator[Afternoon]:
    """Serve a copy of the database; alerts are found by the real watch, as a minute's looking finds them."""
    shutil.copy(made, folder)
    door, clock = listen(), ManualClock(now)
    port = door.getsockname()[1]
    settings = Settings(data_dir=folder, port=port, gateway_broker_host="broker.example")
    engine = open_database(settings.database)
    alerts = Alerts(engine, None)
    for at in (now - SETTLE_MS, now):
        await alerts.look(at)
    app = create_app(settings, clock)
    async with serving(app, door):
        yield Afternoon(app, settings.public_url, engine, clock)
    engine.dispose()
