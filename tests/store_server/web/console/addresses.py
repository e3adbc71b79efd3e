"""Every address of the console that answers GET, filled with names: a page that is added is looked at too."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fastapi.routing import APIRoute
from sqlalchemy import create_engine

from store_server.web.console.router import console_router
from tests.store_server.web.console.sample import NOW
from tests.store_server.web.console.still_clock import StillClock

NOT_A_PAGE = re.compile(r"^/v1/|/assets/|/picture/|^/shop/.+|/phone/.+")


class NoSample(Exception):
    """A route has a parameter that the sample does not name: add it there."""


def page_paths(sample: Mapping[str, str], routes: Iterable[Any] | None = None) -> list[str]:
    """Return the address of every GET route, once. Raises NoSample."""
    if routes is None:
        routes = console_router(create_engine("sqlite://"), StillClock(NOW)).routes
    return list(dict.fromkeys(_filled(_routes(routes), sample)))


def _routes(routes: Iterable[Any]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from _routes(included.routes)


def _filled(routes: Iterable[APIRoute], sample: Mapping[str, str]) -> Iterator[str]:
    for route in routes:
        if "GET" not in (route.methods or ()) or NOT_A_PAGE.search(route.path):
            continue
        names = re.findall(r"{(\w+)", route.path)
        if unknown := [name for name in names if name not in sample]:
            raise NoSample(f"{route.path}: {unknown}")
        yield re.sub(r"{(\w+)[^}]*}", lambda name: sample[name[1]], route.path)
