"""A number that is a link leads to as many rows, and a chip to as many as it promises."""

import re

import httpx
import pytest

from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import STORE

CHIP = re.compile(r'<a class="choice" href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)
COUNT = re.compile(r'<a href="([^"]+)" class="count[^"]*">(.*?)</a>', re.DOTALL)
NUMBER = re.compile(r"<b[^>]*>(\d+)</b>")


def links(html: str, kind: re.Pattern[str]) -> list[tuple[str, int]]:
    """Return where each numbered link leads, and its number."""
    found = [(href.replace("&amp;", "&"), NUMBER.search(inner)) for href, inner in kind.findall(html)]
    return [(href, int(number[1])) for href, number in found if number]


async def get(console: httpx.AsyncClient, path: str) -> str:
    response = await console.get(path)
    assert response.status_code == 200, path
    return response.text


async def test_a_chip_of_the_campaigns_leads_to_as_many(console: httpx.AsyncClient) -> None:
    chips = links(await get(console, "/console/campaigns"), CHIP)
    assert len(chips) >= 4
    for href, number in chips:
        assert len(Page(await get(console, href)).elements["tr"]) - 1 == number or number == 0, href


@pytest.mark.parametrize(
    "path", [f"/console/stores/{STORE}", "/console/campaigns/shoes-help", "/console/campaigns/running-fit"]
)
async def test_a_count_leads_to_as_many_decisions(console: httpx.AsyncClient, path: str) -> None:
    counts = links(await get(console, path), COUNT)
    assert len(counts) >= 4
    for href, number in counts:
        found = Page(await get(console, href)).text()
        assert f"{number} found" in found, href


async def test_sent_is_the_same_number_on_every_page(console: httpx.AsyncClient) -> None:
    lists = await get(console, "/console/campaigns")
    sent = dict(links(await get(console, "/console/campaigns/running-fit"), COUNT))
    [number] = [number for href, number in sent.items() if "outcome=send" in href]
    row = next(one for one in lists.split("<tr>") if "/campaigns/running-fit" in one)
    assert f'data-label="In 7 days">{number}<' in row
