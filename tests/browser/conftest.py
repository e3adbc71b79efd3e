"""The road to Firefox, one for every story; Chromium and the sample store's afternoon. What is not installed skips, with its reason."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.brokers import mosquitto_path
from tests.browser.afternoon import Afternoon, make_database, open_afternoon
from tests.browser.firefox import firefox_path
from tests.browser.looks import open_chromium
from tests.browser.road import Road, open_road


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screens", metavar="DIR", help="keep pictures of every page there")


@pytest.fixture
async def road(tmp_path: Path) -> AsyncIterator[Road]:
    firefox_path()
    mosquitto_path()
    async with open_road(tmp_path) as road:
        yield road


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def made_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_database(tmp_path_factory.mktemp("afternoon"))


@pytest_asyncio.fixture(loop_scope="session")
async def afternoon(made_database: Path, tmp_path: Path) -> AsyncIterator[Afternoon]:
    async with open_afternoon(made_database, tmp_path) as afternoon:
        yield afternoon
