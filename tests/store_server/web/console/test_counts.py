"""A number that is a link leads to as many rows, and a chip to as many as it promises."""

import re

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from protocol.instants import DAY, HOUR
from store_server.db.session import writing
from store_server.db.tables import DecisionRow, Outbox, PlanRevision, StorePlace
from store_server.fleet.alerts import Alerts
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import NOW, PLAN, STORE

CHIP = re.compile(r'<a class="choice" href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)
COUNT = re.compile(r'<a href="([^"]+)" class="count[^"]*">(.*?)</a>', re.DOTALL)
REASON = re.compile(r'<li class="[a-z]+"><a href="([^"]+)">(.*?</b>)', re.DOTALL)
NUMBER = re.compile(r"<b[^>]*>(\d+)</b>")


def links(html: str, kind: re.Pattern[str]) -> list[tuple[str, int]]:
    """Return where each numbered link leads, and its number."""
    found = [(href.replace("&amp;", "&"), NUMBER.search(inner)) for href, inner in kind.findall(html)]
    return [(href, int(number[1])) for href, number in found if number]


def rows(html: str) -> int:
    """Return how many rows the page's table has under its head."""
    return max(len(Page(html).elements["tr"]) - 1, 0)


async def get(console: httpx.AsyncClient, path: str) -> str:
    response = await console.get(path)
    assert response.status_code == 200, path
    return response.text


@pytest.fixture
async def chain(console: httpx.AsyncClient, engine: Engine) -> httpx.AsyncClient:
    """The sample store and two others, judged; one of them lies on the map."""
    with writing(engine) as session:
        for number, (store, name) in enumerate((("turin", "Torino Centro"), ("rome", "Roma Centro"))):
            text = PLAN.replace("milan-duomo", store).replace("Milano Duomo", name)
            text = re.sub("[0-9a-f]{8}-[0-9a-f]{4}-", f"9a1e0b8{number}-2d10-", text)
            session.add(PlanRevision(store=store, revision=1, text=text, applied_at=0, applied_by="x"))
        session.add(StorePlace(store="turin", latitude=45.07, longitude=7.69, changed_at=0, changed_by="x"))
    await Alerts(engine, None).look(NOW)
    return console


@pytest.mark.parametrize(
    "path",
    [
        "/console/campaigns",
        "/console/campaigns?text=shoes",
        "/console/campaigns?state=live&text=a",
        "/console/stores",
        "/console/stores?state=unwell&text=centro",
        "/console/stores?box=44,7,46,8",
        "/console/fleet",
        "/console/fleet?store=turin",
        "/console/fleet?show=beacons&state=silent&text=shoes",
    ],
)
async def test_a_chip_leads_to_as_many_rows(chain: httpx.AsyncClient, path: str) -> None:
    chips = links(await get(chain, path), CHIP)
    assert len(chips) >= 2
    for href, number in chips:
        assert rows(await get(chain, href)) == number, href
        assert "text=" not in href or "text=" in path, "a chip searches for nothing of its own"


@pytest.mark.parametrize(
    "path", [f"/console/stores/{STORE}", "/console/campaigns/shoes-help", "/console/campaigns/running-fit"]
)
async def test_a_count_leads_to_as_many_decisions(console: httpx.AsyncClient, path: str) -> None:
    counts = links(await get(console, path), COUNT)
    assert len(counts) >= 4
    for href, number in counts:
        found = Page(await get(console, href)).text()
        assert f"{number} found" in found, href


async def test_a_reason_leads_to_as_many_decisions(console: httpx.AsyncClient, engine: Engine) -> None:
    with writing(
        engine
    ) as session:  # the same reason keeps one message in the inbox and makes another silent
        for row in session.exec(select(DecisionRow).where(DecisionRow.reason == "audience")):
            row.reason = "policy_cap"
    reasons = links(await get(console, f"/console/stores/{STORE}"), REASON)
    assert len(reasons) >= 4
    for href, number in reasons:
        assert f"{number} found" in Page(await get(console, href)).text(), href


async def test_a_message_made_after_midnight_counts_on_the_day_of_its_decision(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    with writing(engine) as session:
        for row in session.exec(select(DecisionRow)):
            row.at -= DAY
        for message in session.exec(select(Outbox).where(Outbox.state == "cancelled")):
            message.decision_at -= DAY
            message.created_at = NOW - HOUR
    counts = links(await get(console, f"/console/stores/{STORE}"), COUNT)
    assert {number for _, number in counts} == {0}


async def test_sent_is_the_same_number_on_every_page(console: httpx.AsyncClient) -> None:
    lists = await get(console, "/console/campaigns")
    sent = dict(links(await get(console, "/console/campaigns/running-fit"), COUNT))
    [number] = [number for href, number in sent.items() if "outcome=send" in href]
    row = next(one for one in lists.split("<tr>") if "/campaigns/running-fit" in one)
    assert f'data-label="In 7 days">{number}<' in row
