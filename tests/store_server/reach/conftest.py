"""A day that was lived, once for all tests of reach."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from store_server.db.session import open_database
from tests.store_server.reach.lived import live


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = tmp_path_factory.mktemp("reach") / "aislecue.db"
    asyncio.run(live(database))
    return database


@pytest.fixture
def week(lived: Path, tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(Path(shutil.copy(lived, tmp_path)))
    yield engine
    engine.dispose()
