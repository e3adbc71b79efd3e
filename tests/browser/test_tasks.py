"""What people do at the console, by visible labels only: keyboard and finger, English and Italian, three sizes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser
from sqlmodel import col, select

from store_server.applying import exported, read_file, running_campaigns
from store_server.db.session import reading
from store_server.db.tables import Alert, GatewayCode
from tests.browser.afternoon import PASSWORD, Afternoon
from tests.browser.hand import Hand
from tests.browser.looks import LOOKS, Look, open_window
from tests.browser.watching import watched

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

SHOES = "Shoes: help choosing"
RUNNING = "Running: free gait check"
MOST_ACTIONS = 15
"""From the first page to a campaign that runs."""


@pytest.fixture(params=LOOKS, ids=str)
def look(request: pytest.FixtureRequest) -> Look:
    chosen: Look = request.param
    return chosen


@pytest_asyncio.fixture(loop_scope="session")
async def hand(chromium: Browser, afternoon: Afternoon, look: Look) -> AsyncIterator[Hand]:
    """Someone signed in as the owner; at the end no page may have complained."""
    async with open_window(chromium, look, afternoon.url) as window:
        watch = await watched(window, afternoon.url)
        hand = Hand(await window.new_page(), look)
        await window.add_cookies([afternoon.cookie()])  # type: ignore[list-item]  # its TypedDict is its own
        await hand.page.goto("/console")
        yield hand
    assert not watch.found, "\n".join(watch.found)


async def sign_in(hand: Hand, name: str = "Anna") -> None:
    await hand.page.goto("/console")
    await hand.write("Your name", name)
    await hand.write("Password", PASSWORD)
    await hand.press("button", "Sign in")
    await hand.page.get_by_role("link", name=name, exact=True).wait_for()


async def open_campaign(hand: Hand, name: str) -> None:
    await hand.press("link", "Campaigns")
    await hand.press_this(hand.page.get_by_role("link", name=name, exact=True))
    await hand.page.get_by_role("heading", level=1, name=name).wait_for()


async def test_sign_in_and_out(hand: Hand) -> None:
    await hand.page.context.clear_cookies()
    await sign_in(hand)
    await hand.press_this(hand.page.get_by_role("link", name="Anna", exact=True))
    await hand.press("button", "Sign out")
    await hand.on("Sign in")
    await hand.page.goto("/console/campaigns")
    await hand.on("Sign in")


async def test_create_a_campaign_from_a_moment_and_publish_it(hand: Hand, afternoon: Afternoon) -> None:
    await hand.press("link", "Campaigns")
    await hand.press("link", "New campaign")
    await hand.press("link", "Hesitate", exact=False)
    await hand.on("Hesitate")
    await hand.choose("Zone", "Shoes")
    await hand.write("Title", "Serve una mano? 👟")
    await hand.write("Text", "Anna è al banco scarpe.")
    await hand.page.locator(".lock.ios").get_by_text("Serve una mano? 👟").wait_for()
    await hand.press("button", "Save draft")
    await hand.see("Draft")
    await hand.press("button", "Publish")
    await hand.see("Live")
    text = texts_of(afternoon)["hesitate-shoes"]
    assert "status: live" in text
    assert "Anna è al banco scarpe." in text
    assert hand.actions <= 15


async def test_change_a_campaign_and_see_what_is_wrong_as_one_types(hand: Hand, afternoon: Afternoon) -> None:
    await open_campaign(hand, RUNNING)
    await hand.press("link", "Change")
    await hand.write("Title", "x" * 51)
    await hand.see("A lock screen shows %(most)s characters; these are %(got)s.", most=50, got=51)
    await hand.write("Title", "")
    await hand.see("A title is needed.")
    await hand.press("button", "Save")
    await hand.page.get_by_role("link", name=hand.say("A title is needed.")).wait_for()
    await hand.write("Title", "Free gait check")
    await hand.press("button", "Save")
    await hand.page.get_by_role("heading", level=1, name=RUNNING).wait_for()
    assert "Free gait check" in texts_of(afternoon)["running-fit"]


async def test_pause_a_campaign(hand: Hand, afternoon: Afternoon) -> None:
    await open_campaign(hand, RUNNING)
    await hand.press("button", "Pause")
    await hand.see("Paused")
    assert "status: paused" in texts_of(afternoon)["running-fit"]
    assert hand.actions <= 3


async def test_find_why_a_campaign_does_not_fire(hand: Hand) -> None:
    await open_campaign(hand, SHOES)
    await hand.see_this("gw-shoes")
    notice = await hand.page.locator(".notice.bad").first.inner_text()
    assert "gw-shoes" in notice
    assert "14:02" in notice or "15:02" in notice or "13:02" in notice


async def test_compare_two_revisions(hand: Hand) -> None:
    await open_campaign(hand, RUNNING)
    await hand.press("button", "Pause")
    await hand.see("Paused")
    await hand.press("link", "Revisions")
    await hand.press("button", "Compare")
    await hand.on("What changed")
    difference = await hand.page.get_by_label(hand.say("Difference")).inner_text()
    assert "-status: live" in difference
    assert "+status: paused" in difference


async def test_export_a_campaign(hand: Hand, afternoon: Afternoon, tmp_path: Path) -> None:
    await open_campaign(hand, SHOES)
    async with hand.page.expect_download() as coming:
        await hand.press("link", "Export")
    download = await coming.value
    assert download.suggested_filename == "shoes-help.yaml"
    await download.save_as(tmp_path / "out.yaml")
    with reading(afternoon.engine) as session:
        kept = running_campaigns(session)["shoes-help"]
    text = (tmp_path / "out.yaml").read_text()
    assert text == exported(kept)
    assert read_file("out.yaml", text).based_on == kept.revision


async def test_acknowledge_an_alert(hand: Hand, afternoon: Afternoon) -> None:
    await hand.press("link", "Alerts")
    await hand.on("Alerts")
    take = hand.page.get_by_role("button", name=hand.say("I take care of it"))
    waiting = await take.count()
    assert waiting >= 1
    await hand.press_this(take.first)
    await hand.see("by %(name)s", name="Anna")
    assert await take.count() == waiting - 1
    with reading(afternoon.engine) as session:
        taken = session.exec(select(Alert).where(col(Alert.acknowledged_by) == "Anna")).all()
    assert len(taken) == 1


async def test_enrol_a_gateway(hand: Hand, afternoon: Afternoon) -> None:
    await hand.press("link", "Fleet")
    await hand.press("link", "Enrol a gateway")
    await hand.on("Enrol a gateway")
    await hand.choose("Gateway", await option_of(hand, "Gateway", "gw-running"))
    await hand.press("button", "Make a code")
    await hand.page.get_by_role("img", name=hand.say("QR code of the command")).wait_for()
    command = await hand.page.locator(".command").inner_text()
    assert "aislecue gateway enroll" in command
    assert await hand.page.locator(".one-time").inner_text() in command
    with reading(afternoon.engine) as session:
        assert [one.gateway for one in session.exec(select(GatewayCode))] == ["gw-running"]


async def option_of(hand: Hand, label: str, part: str) -> str:
    """Return the words of the option that names something."""
    options = hand.page.get_by_label(hand.say(label), exact=True).first.locator("option")
    return next(text for text in await options.all_inner_texts() if part in text)


def texts_of(afternoon: Afternoon) -> dict[str, str]:
    with reading(afternoon.engine) as session:
        return {name: kept.text for name, kept in running_campaigns(session).items()}


async def test_see_who_would_have_got_it_last_week(hand: Hand) -> None:
    """The numbers are proven against `simulate` in tests/store_server/reach; here it is found and waited for."""
    await open_campaign(hand, SHOES)
    await hand.press("link", "Last week")
    await hand.on("Who would have got it last week")
    await hand.see("What would have come of it")
    await hand.see("Nothing is estimated: these are the rules, on what was kept.")
