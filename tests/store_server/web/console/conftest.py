"""A console over the sample store, as its readers meet it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from store_server.web.console.router import console_router
from tests.store_server.web.console.sample import NOW, fill_database
from tests.store_server.web.console.still_clock import StillClock


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return fill_database(tmp_path / "aislecue.db")


@pytest.fixture
async def console(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(console_router(engine, StillClock(NOW)))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client
    engine.dispose()
