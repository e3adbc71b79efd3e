"""A console over the sample store, as its readers meet it."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from store_server.db.session import open_database
from store_server.fleet.alerts import Alerts
from store_server.web.console.desk import Reach
from store_server.web.console.router import console_router
from tests.store_server.web.console.sample import NOW, fill_database
from tests.store_server.web.console.still_clock import StillClock


@pytest.fixture(scope="session")
def afternoon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the sample database once: migrations take longer than any test here."""
    path = tmp_path_factory.mktemp("console") / "aislecue.db"
    engine = fill_database(path)
    asyncio.run(Alerts(engine, None).look(NOW))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def engine(afternoon: Path, tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(Path(shutil.copy(afternoon, tmp_path)))
    yield engine
    engine.dispose()


@pytest.fixture
async def console(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(
        console_router(engine, StillClock(NOW), reach=Reach(gateway_broker_host="broker.example"))
    )
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client
