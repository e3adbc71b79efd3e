"""The shades of a store's last hours in Chromium: the legend shows what the plan is painted with, in light and dark."""

import pytest
from playwright.async_api import Browser

from tests.browser.afternoon import Afternoon
from tests.browser.looks import LOOKS, Look, open_window
from tests.store_server.web.console.sample import STORE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PAINT = "(all) => all.map((one) => getComputedStyle(one).fill)"


@pytest.mark.parametrize("look", LOOKS, ids=str)
async def test_the_legend_has_five_shades_and_every_zone_one_of_them(
    chromium: Browser, afternoon: Afternoon, look: Look
) -> None:
    async with open_window(chromium, look, afternoon.url) as window:
        await window.add_cookies([afternoon.cookie()])  # type: ignore[list-item]  # its TypedDict is its own
        page = await window.new_page()
        await page.goto(f"/console/stores/{STORE}/hours")
        shades = await page.locator(".shades polygon").evaluate_all(PAINT)
        painted = await page.locator("figure .zone polygon").evaluate_all(PAINT)
        words = await page.locator(".shades").inner_text()
    assert len(set(shades)) == 5
    assert set(painted) <= set(shades)
    assert words.split("\n") == (["fewer", "more"] if look.language == "en" else ["di meno", "di più"])
