"""The road to Firefox, one for every story; Chromium and the sample store's afternoon. What is not installed skips, with its reason."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.brokers import mosquitto_path
from tests.browser.afternoon import Afternoon, make_database, open_afternoon
from tests.browser.chain import make_chain
from tests.browser.firefox import firefox_path
from tests.browser.lived_week import Simulated, make_week
from tests.browser.looks import WAYS, Look, open_chromium, open_window
from tests.browser.person import Person
from tests.browser.road import Road, open_road
from tests.browser.watching import watched
from tests.store_server.reach.sample import NOW as WEEK_END

COUNTED = pytest.StashKey[dict[str, list[int]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screens", metavar="DIR", help="keep pictures of every page there")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[COUNTED] = {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print how many actions each task took a person, fewest and most over all ways to do it."""
    for task, actions in sorted(config.stash[COUNTED].items()):
        ways, least, most = len(actions), min(actions), max(actions)
        terminalreporter.write_line(
            f"{task}: {least if least == most else f'{least} to {most}'} actions, {ways} ways"
        )


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


@pytest_asyncio.fixture(loop_scope="session")
async def chain(made_database: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Afternoon]:
    """The same afternoon in a chain of stores."""
    made = make_chain(made_database, tmp_path_factory.mktemp("chain"))
    async with open_afternoon(made, tmp_path_factory.mktemp("chain-served")) as chain:
        yield chain


@pytest.fixture(scope="session", params=WAYS, ids=str)
def way(request: pytest.FixtureRequest) -> Look:
    chosen: Look = request.param
    return chosen


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_afternoon(
    made_database: Path, tmp_path_factory: pytest.TempPathFactory, way: Look
) -> AsyncIterator[Afternoon]:
    """One server for all tasks of a way: none of them is in another's light."""
    async with open_afternoon(made_database, tmp_path_factory.mktemp("shared")) as afternoon:
        yield afternoon


@pytest_asyncio.fixture(loop_scope="session")
async def person(
    request: pytest.FixtureRequest, chromium: Browser, shared_afternoon: Afternoon, way: Look
) -> AsyncIterator[Person]:
    """Someone signed in as the owner of the sample store."""
    async with open_person(chromium, shared_afternoon, way) as person:
        yield person
    count(request, person)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def lived_week(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Afternoon, Simulated]]:
    """Serve a week that was lived; tasks only read in it."""
    made, simulated = await make_week(tmp_path_factory.mktemp("week"))
    async with open_afternoon(made, tmp_path_factory.mktemp("served"), WEEK_END) as week:
        yield week, simulated


@pytest_asyncio.fixture(loop_scope="session")
async def reader(
    request: pytest.FixtureRequest, chromium: Browser, lived_week: tuple[Afternoon, Simulated], way: Look
) -> AsyncIterator[Person]:
    """Someone signed in as the owner of the store that lived a week."""
    async with open_person(chromium, lived_week[0], way) as person:
        yield person
    count(request, person)


@asynccontextmanager
async def open_person(browser: Browser, place: Afternoon, look: Look) -> AsyncIterator[Person]:
    """Open a window on the console's first page; at the end no page may have complained."""
    async with open_window(browser, look, place.url) as window:
        watch = await watched(window, place.url)
        person = Person(await window.new_page(), look)
        await window.add_cookies([place.cookie()])  # type: ignore[list-item]  # its TypedDict is its own
        await person.page.goto("/console")
        yield person
    assert not watch.found, "\n".join(watch.found)


def count(request: pytest.FixtureRequest, person: Person) -> None:
    task = request.node.originalname.removeprefix("test_").replace("_", " ")
    request.config.stash[COUNTED].setdefault(task, []).append(person.actions)
