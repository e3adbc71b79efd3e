"""Every page there is: each GET route that answers with HTML, filled with the sample store's names, and states worth a look."""

import httpx
from fastapi import FastAPI

from tests.store_server.web.console.addresses import page_paths
from tests.store_server.web.console.sample import STORE

SAMPLE = {
    "store": STORE,
    "campaign": "shoes-help",
    "gateway": "gw-shoes",
    "seq": "59",
    "path": "nowhere",
    "key": "none",
}
"""What stands for a route's parameters."""

COMPARISON = "/console/campaigns/shoes-help/compare?a=2&b=3"
"""Two texts of a campaign, as someone chose them."""

NOWHERE = "/console/nowhere"

STATES = (
    "/console/fleet?show=beacons",
    "/console/fleet?state=radio-dead",
    "/console/campaigns/goodbye",
    "/console/campaigns/new?moment=hesitate",
    "/console/campaigns/new?moment=quest",
    "/console/campaigns?state=ended",
    COMPARISON,
    "/console/campaigns/shoes-help/compare?a=3&b=3",
    "/console/why?campaign=shoes-help&day=2026-02-31&time=25:61",
    "/console/why?shopper=nobody",
    "/console/decisions/60",
    NOWHERE,
    "/console/decisions/999999",
)
"""Filters, empty lists, what was mistyped, what is not there."""

CHAIN = (
    "/console/stores?state=stopped",
    "/console/stores?text=nowhere",
    "/console/fleet?store=roma-eur",
    "/console/campaigns/shoes-help",
    "/console/alerts",
    "/console/enrol",
)
"""What reads otherwise where there are several stores."""


async def all_pages(app: FastAPI, http: httpx.AsyncClient) -> list[str]:
    """Return the address of every page, once. Raises NoSample."""
    found = [path for path in page_paths(SAMPLE, app.routes) if await _is_page(http, path)]
    return [*found, *STATES]


async def _is_page(http: httpx.AsyncClient, path: str) -> bool:
    async with http.stream("GET", path) as answer:
        html = answer.headers.get("content-type", "").startswith("text/html")
        # A whole page: parts of one, for scripts to put in, begin otherwise.
        return answer.status_code == 200 and html and (await answer.aread()).startswith(b"<!doctype html>")
