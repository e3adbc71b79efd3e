"""Every page there is: each GET route that answers with HTML, filled with the sample store's names, and states worth a look."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute

from tests.store_server.web.console.sample import STORE

SAMPLE = {"store": STORE, "campaign": "shoes-help", "gateway": "gw-shoes", "seq": "59", "path": "nowhere"}
"""What stands for a route's parameters."""

NOT_A_PAGE = re.compile(r"^/v1/|/assets/|/live$|^/shop/.+")
STATES = (
    "/console/fleet?show=beacons",
    "/console/fleet?state=radio-dead",
    "/console/campaigns/goodbye",
    "/console/campaigns?state=ended",
    "/console/why?campaign=shoes-help&day=2026-02-31&time=25:61",
    "/console/why?shopper=nobody",
    "/console/decisions/60",
    "/console/nowhere",
    "/console/decisions/999999",
)
"""Filters, empty lists, what was mistyped, what is not there."""


class NoSample(Exception):
    """A route has a parameter that SAMPLE does not name: add it there."""


async def all_pages(app: FastAPI, http: httpx.AsyncClient) -> list[str]:
    """Return the address of every page, once. Raises NoSample."""
    found = [path for path in dict.fromkeys(_filled(_routes(app.routes))) if await _is_page(http, path)]
    return [*found, *STATES]


def _routes(routes: Iterable[Any]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from _routes(included.routes)


def _filled(routes: Iterable[APIRoute]) -> Iterator[str]:
    for route in routes:
        if "GET" not in (route.methods or ()) or NOT_A_PAGE.search(route.path):
            continue
        names = re.findall(r"{(\w+)", route.path)
        if unknown := [name for name in names if name not in SAMPLE]:
            raise NoSample(f"{route.path}: {unknown}")
        yield re.sub(r"{(\w+)[^}]*}", lambda name: SAMPLE[name[1]], route.path)


async def _is_page(http: httpx.AsyncClient, path: str) -> bool:
    async with http.stream("GET", path) as answer:
        return answer.status_code == 200 and answer.headers.get("content-type", "").startswith("text/html")
