"""A half-filled campaign in Chromium: typed, the tab closed at once, taken up; network gone and back; a session that ended."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from store_server.db.session import reading
from store_server.db.tables import FormDraft
from tests.browser.afternoon import Afternoon
from tests.browser.axe import violations
from tests.browser.looks import LOOKS, open_window
from tests.eventually import eventually

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

EDIT = "/console/campaigns/shoes-help/edit"
TITLE = "#f-message\\.0\\.title"
DESK = next(look for look in LOOKS if look.language == "en")


@pytest_asyncio.fixture(loop_scope="session")
async def window(chromium: Browser, afternoon: Afternoon) -> AsyncIterator[BrowserContext]:
    async with open_window(chromium, DESK, afternoon.url) as window:
        await window.add_cookies([afternoon.cookie()])  # type: ignore[list-item]  # its TypedDict is its own
        yield window


async def opened(window: BrowserContext) -> Page:
    page = await window.new_page()
    await page.goto(EDIT)
    return page


def kept_title(afternoon: Afternoon) -> str | None:
    with reading(afternoon.engine) as session:
        draft = session.get(FormDraft, ("Anna", "shoes-help"))
        return None if draft is None else draft.fields["message.0.title"]


async def test_a_tab_closed_while_typing_loses_nothing(window: BrowserContext, afternoon: Afternoon) -> None:
    page = await opened(window)
    await page.fill(TITLE, "Half a ti")
    await page.goto("/console/campaigns")
    await eventually(lambda: kept_title(afternoon) == "Half a ti")
    await page.close()

    page = await opened(window)
    await page.get_by_text("You have unsaved changes from").wait_for()
    assert await violations(page) == []
    await page.get_by_role("button", name="Take them up").click()
    await page.get_by_text("You have unsaved changes from").wait_for(state="detached")
    assert await page.input_value(TITLE) == "Half a ti"
    await page.get_by_role("button", name="Save", exact=True).click()
    await page.wait_for_url("**/campaigns/shoes-help")
    assert kept_title(afternoon) is None


async def test_it_is_kept_as_one_types_and_a_save_right_after_a_letter_leaves_none(
    window: BrowserContext, afternoon: Afternoon
) -> None:
    page = await opened(window)
    await page.get_by_text("For: has tier gold or platinum").wait_for()
    await page.fill(TITLE, "Typed")
    await page.get_by_text("Not saved yet; kept for you.").wait_for()
    assert kept_title(afternoon) == "Typed"
    await page.fill(TITLE, "Typed and saved")
    await page.get_by_role("button", name="Save", exact=True).click()
    await page.wait_for_url("**/campaigns/shoes-help")
    assert kept_title(afternoon) is None


async def test_a_test_message_without_a_phone_says_where_to_pair_one_and_keeps_what_was_typed(
    window: BrowserContext, afternoon: Afternoon
) -> None:
    page = await opened(window)
    await page.fill(TITLE, "For my phone")
    await page.get_by_role("button", name="Send to my phone").first.click()
    await page.get_by_text("No phone is paired with your account yet.").wait_for()
    assert await page.input_value(TITLE) == "For my phone"
    assert await violations(page) == []
    async with window.expect_page() as opening:
        await page.get_by_role("link", name="Pair a phone").click()
    pairing = await opening.value
    await pairing.get_by_role("button", name="Pair a phone").click()
    await pairing.get_by_role("img", name="QR code of the address").wait_for()
    assert await violations(pairing) == []


async def test_without_a_network_what_is_typed_stays_in_the_form(
    window: BrowserContext, afternoon: Afternoon
) -> None:
    page = await opened(window)
    await window.set_offline(True)
    await page.fill(TITLE, "Typed offline")
    await page.get_by_role("button", name="Add a variant").or_(page.get_by_text("Variants")).first.click()
    assert await page.input_value(TITLE) == "Typed offline"
    await window.set_offline(False)
    await page.fill(TITLE, "Typed online")
    await eventually(lambda: kept_title(afternoon) == "Typed online")


async def test_a_button_after_the_session_ended_leads_to_the_sign_in_with_the_form(
    window: BrowserContext, afternoon: Afternoon
) -> None:
    page = await opened(window)
    await window.clear_cookies()
    await page.fill(TITLE, "Typed too late")
    await page.get_by_role("button", name="Send to my phone").first.click()
    await page.get_by_text("Your session is over").wait_for()
    assert "Typed+too+late" in await page.input_value("[name=carried]")
