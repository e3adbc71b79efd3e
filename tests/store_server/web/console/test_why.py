"""Why: decisions searched for, and the way from one back to its search."""

import httpx
import pytest

from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import STORE


async def test_why_finds_by_the_beginning_of_a_pseudonym_and_about_a_time(console: httpx.AsyncClient) -> None:
    found = Page((await console.get("/console/why?shopper=s-running-fit-59")).text)
    assert "1 found" in found.text()
    near = Page((await console.get("/console/why?day=2026-11-21&time=14:45")).text)
    assert "Nothing found" not in near.text()
    none = Page((await console.get("/console/why?day=2026-11-20")).text)
    assert "Nothing found" in none.text()


async def test_a_decision_leads_back_to_the_search_that_found_it(console: httpx.AsyncClient) -> None:
    search = f"/console/why?store={STORE}&outcome=cancelled&day=today"
    found = Page((await console.get(f"{search}&from=elsewhere")).text)
    [line] = [one["href"] for one in found.elements["a"] if "/decisions/" in one["href"]]
    assert line == f"/console/decisions/41?store={STORE}&outcome=cancelled&day=today"
    crumbs = [
        one["href"]
        for path in (line, "/console/decisions/41?back=//evil.example")
        for one in Page((await console.get(path)).text).elements["a"]
        if one.get("class") == "crumb"
    ]
    assert crumbs == [f"{search}#d-41", f"/console/stores/{STORE}"]


async def test_a_search_that_found_something_stands_folded_with_its_words(console: httpx.AsyncClient) -> None:
    asked = Page((await console.get(f"/console/why?store={STORE}&outcome=cancelled&day=week")).text)
    assert asked.text("summary") == "Change the search Milano Duomo · Withdrawn · Last 7 days"
    for path in ("/console/why", "/console/why?day=soon"):
        assert "summary" not in Page((await console.get(path)).text).elements, path


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ("time=25:99", "A time such as"),
        ("day=soon", "A day such as"),
        ("day=2026-02-31&time=14:05", "A day such as"),
        ("day=soon&time=25:99", "A time such as"),
    ],
)
async def test_why_answers_beside_the_field_and_keeps_what_was_typed(
    console: httpx.AsyncClient, asked: str, fault: str
) -> None:
    response = await console.get(f"/console/why?shopper=abc&{asked}")
    page = Page(response.text)
    assert fault in page.text()
    assert any(one.get("value") == "abc" for one in page.elements["input"])
    assert any(one.get("aria-invalid") == "true" for one in page.elements["input"])
