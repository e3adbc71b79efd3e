"""Every page in every look: axe-core finds nothing, nothing is asked elsewhere, nothing complains or jumps, fingers meet it."""

from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser

from tests.browser.addresses import all_pages
from tests.browser.afternoon import Afternoon
from tests.browser.axe import axe_source, violations
from tests.browser.looks import LOOKS, Look, open_window
from tests.browser.screens import keep
from tests.browser.watching import too_small, watched

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]


@pytest.mark.parametrize("look", LOOKS, ids=str)
async def test_every_page_is_sound(
    chromium: Browser, afternoon: Afternoon, look: Look, request: pytest.FixtureRequest
) -> None:
    axe_source()
    cookie = afternoon.cookie()
    async with httpx.AsyncClient(base_url=afternoon.url, cookies={cookie["name"]: cookie["value"]}) as http:
        addresses = await all_pages(afternoon.app, http)
    assert len(addresses) > 15
    screens, found = request.config.getoption("screens", None), []
    async with open_window(chromium, look, afternoon.url) as window:
        await window.add_cookies([cookie])  # type: ignore[list-item]  # playwright's TypedDict is its own
        watch = await watched(window, afternoon.url)
        page = await window.new_page()
        for address in addresses:
            await page.goto(address)
            await watch.settle(page)
            if screens is not None:
                keep(Path(screens), address, look, await page.screenshot())
            small = await too_small(page) if look.touch else []
            found += [f"{address}: {one}" for one in (*small, *await violations(page))]
    found += watch.found
    assert not found, "\n".join(found)
