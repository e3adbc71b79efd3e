"""What docs/app-developers.md and docs/privacy.md name is what the server has."""

import re
from pathlib import Path

from fastapi import FastAPI

from store_server.privacy.consent import PURPOSES
from store_server.privacy.retention import KEPT
from store_server.web.api.routers import ROUTERS

DOCS = Path(__file__).parents[2] / "docs"
ROUTE = re.compile(r"(GET|PUT|POST|DELETE) (/v1/[a-z/{}-]+)")
SPAN = re.compile(r"(\d+) (hours|days)$")


def routes() -> set[tuple[str, str]]:
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    return {(method.upper(), path) for path, item in app.openapi()["paths"].items() for method in item}


def test_every_route_is_told_and_no_other() -> None:
    told = set(ROUTE.findall((DOCS / "app-developers.md").read_text(encoding="utf-8")))
    assert told == routes()


def test_privacy_names_only_routes_that_exist() -> None:
    assert set(ROUTE.findall((DOCS / "privacy.md").read_text(encoding="utf-8"))) <= routes()


def test_every_purpose_is_explained() -> None:
    text = (DOCS / "privacy.md").read_text(encoding="utf-8")
    assert [purpose for purpose in PURPOSES if f"| `{purpose}` |" not in text] == []


def test_what_is_kept_how_long_is_what_the_sweep_does() -> None:
    told: dict[str, int] = {}
    for row in (DOCS / "privacy.md").read_text(encoding="utf-8").splitlines():
        span = SPAN.search(row.strip(" |"))
        if span is not None:
            ms = int(span[1]) * (3_600_000 if span[2] == "hours" else 86_400_000)
            told |= dict.fromkeys(re.findall(r"`([a-z_]+)`", row), ms)
    assert told == {table: span_ms for table, _, span_ms in KEPT}
