"""Every page in every look: axe-core finds nothing, nothing is asked elsewhere, nothing complains or jumps, fingers meet it."""

from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser

from tests.browser.addresses import CHAIN, all_pages
from tests.browser.afternoon import Afternoon
from tests.browser.axe import axe_source, violations
from tests.browser.looks import ANSWER_TIMEOUT_MS, LOOKS, Look, open_window
from tests.browser.screens import keep
from tests.browser.watching import too_small, watched

STAY = "() => window.stop()"
"""A page that asks again by itself must not do so while the next one is on its way."""

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]


@pytest.fixture(params=LOOKS, ids=str)
def look(request: pytest.FixtureRequest) -> Look:
    chosen: Look = request.param
    return chosen


@pytest.fixture
def screens(request: pytest.FixtureRequest) -> Path | None:
    folder: str | None = request.config.getoption("screens", None)
    return None if folder is None else Path(folder)


async def test_every_page_is_sound(
    chromium: Browser, afternoon: Afternoon, look: Look, screens: Path | None
) -> None:
    addresses = await pages_of(afternoon)
    assert len(addresses) > 15
    found = await faults(chromium, afternoon, look, addresses, screens)
    assert not found, "\n".join(found)


async def test_every_page_that_only_a_chain_has_is_sound(
    chromium: Browser, afternoon: Afternoon, chain: Afternoon, look: Look, screens: Path | None
) -> None:
    own = set(await pages_of(afternoon))
    addresses = [one for one in await pages_of(chain) if one not in own]
    assert "/console/stores" in addresses
    found = await faults(chromium, chain, look, addresses, screens)
    found += await faults(chromium, chain, look, CHAIN, None)
    assert not found, "\n".join(found)


async def pages_of(place: Afternoon) -> list[str]:
    cookie = place.cookie()
    cookies = {cookie["name"]: cookie["value"]}
    async with httpx.AsyncClient(
        base_url=place.url, cookies=cookies, timeout=ANSWER_TIMEOUT_MS / 1000
    ) as http:
        return await all_pages(place.app, http)


async def faults(
    browser: Browser, place: Afternoon, look: Look, addresses: Sequence[str], screens: Path | None
) -> list[str]:
    """Look at each page, keep a picture where asked, and return everything that is wrong."""
    axe_source()
    found: list[str] = []
    async with open_window(browser, look, place.url) as window:
        await window.add_cookies([place.cookie()])  # type: ignore[list-item]  # playwright's TypedDict is its own
        watch = await watched(window, place.url)
        page = await window.new_page()
        for address in addresses:
            await page.goto(address)
            await watch.settle(page)
            if screens is not None:
                keep(screens, address, look, await page.screenshot())
            small = await too_small(page) if look.touch else []
            found += [f"{address}: {one}" for one in (*small, *await violations(page))]
            await page.evaluate(STAY)
    return found + watch.found
