"""From a beacon and a phone in a pocket to a notification in a real browser, and why (SPEC 1, 4, 5, 8)."""

import re
from html import unescape

import pytest

from tests.browser.road import CAMPAIGN, Road
from tests.eventually import eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

SHOWN = {"title": "Need a hand with shoes?", "body": "Ask Anna at the desk."}


async def shown(road: Road, count: int) -> list[dict[str, str]]:
    """Return title and body of what Firefox shows, once it shows that many and the receipts are kept."""
    notifications = await road.firefox.notifications(count)
    await eventually(lambda: road.rows("SELECT count(*) FROM receipt WHERE kind = 'displayed'") == [(count,)])
    return [{"title": one["title"], "body": one["body"]} for one in notifications]


async def test_a_region_enter_becomes_a_notification_that_is_opened_and_explained(road: Road) -> None:
    await road.opt_in()
    await road.pass_s(5)

    await road.dwell()

    assert await shown(road, 1) == [SHOWN]
    assert road.rows("SELECT outcome, reason FROM decision") == [("send", None)]
    assert road.push.received[0]["urgency"] == "high"
    assert 0 < int(road.push.received[0]["ttl"]) <= 120

    await road.firefox.click_alert()
    await eventually(lambda: road.rows("SELECT state FROM outbox") == [("opened",)])

    await road.firefox.until("document.querySelector('#messages .why') !== null")
    await road.firefox.run("document.querySelector('#messages .why summary').click()")
    reasons = await road.firefox.until("document.querySelector('.reasons').innerText")
    assert "You stayed for 10 seconds in Shoes." in reasons
    assert "“Shoes: help choosing”" in reasons
    assert "A receiver in the store heard the same beacon" in reasons


async def test_what_the_manager_changes_is_what_firefox_shows_next(road: Road) -> None:
    await road.opt_in()
    await road.pass_s(5)
    await road.dwell()
    assert await shown(road, 1) == [SHOWN]
    await road.leave()

    road.apply(CAMPAIGN.replace("Ask Anna at the desk.", "Ask Bob in the green apron."), 2)
    await road.dwell()

    texts = [one["body"] for one in await shown(road, 2)]
    assert sorted(texts) == ["Ask Anna at the desk.", "Ask Bob in the green apron."]


async def test_without_its_gateway_a_corroborated_campaign_keeps_silent_and_the_console_says_why(
    road: Road,
) -> None:
    await road.opt_in()
    await road.pass_s(5)
    await road.stop_gateway()
    await road.pass_s(70)

    await road.dwell()

    await eventually(lambda: road.rows("SELECT outcome FROM decision"))
    assert road.rows("SELECT outcome, reason FROM decision") == [("suppressed", "not_corroborated")]
    assert road.push.received == []
    answer = await road.http.get("/console/stores/milan", headers={"Accept-Language": "en"})
    console = " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())
    assert "Gateway gw-shoes offline since 11:00 1 campaign cannot fire: Shoes: help choosing" in console
