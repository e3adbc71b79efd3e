"""Where the parts of the campaign editor lie in Chromium: the preview after the words, in the order of Tab as of the eye."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FloatRect, Locator, Page

from tests.browser.afternoon import Afternoon
from tests.browser.looks import Look, open_window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DESK = Look(1280, 800, "dark", "en", touch=False)
NARROW = (Look(360, 740, "light", "en", touch=True), Look(768, 1024, "dark", "en", touch=True))
GAP_PX = 60
"""More than this between two cards is a hole."""


@pytest_asyncio.fixture(loop_scope="session")
async def page(
    request: pytest.FixtureRequest, chromium: Browser, afternoon: Afternoon
) -> AsyncIterator[Page]:
    async with open_window(chromium, request.param, afternoon.url) as window:
        await window.add_cookies([afternoon.cookie()])  # type: ignore[list-item]  # its TypedDict is its own
        page = await window.new_page()
        await page.goto("/console/campaigns/shoes-help/edit")
        yield page


async def box(target: Locator) -> FloatRect:
    found = await target.bounding_box()
    assert found is not None
    return found


def card(page: Page, title: str) -> Locator:
    return page.locator("section.card", has=page.get_by_role("heading", name=title, exact=True))


@pytest.mark.parametrize("page", NARROW, ids=str, indirect=True)
async def test_the_preview_lies_between_the_words_and_the_further_panels(page: Page) -> None:
    tops = [
        (await box(one))["y"]
        for one in (card(page, "What it says"), card(page, "As shoppers see it"), page.locator("#who"))
    ]
    assert tops == sorted(tops)
    assert await card(page, "In one sentence").count() == 1


@pytest.mark.parametrize("page", [DESK], ids=str, indirect=True)
async def test_at_a_desk_the_preview_lies_beside_both_and_leaves_no_hole(page: Page) -> None:
    beside, above = await box(card(page, "As shoppers see it")), await box(card(page, "What it says"))
    below = await box(page.locator("#who"))
    assert beside["x"] >= above["x"] + above["width"]
    assert 0 < below["y"] - (above["y"] + above["height"]) < GAP_PX


@pytest.mark.parametrize("page", [DESK, *NARROW], ids=str, indirect=True)
async def test_tab_goes_from_the_words_to_the_preview_to_the_panels(page: Page) -> None:
    await page.get_by_label("Another language").focus()
    passed: list[str] = []
    while "For whom" not in (passed[-1] if passed else ""):
        assert len(passed) < 20, passed
        await page.keyboard.press("Tab")
        passed.append(await page.evaluate("() => document.activeElement.textContent"))
    assert any("Send to my phone" in one for one in passed)
