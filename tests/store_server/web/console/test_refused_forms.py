"""A refused form opens at its first fault, and its address leads back to its page."""

import httpx
import pytest
from sqlalchemy import Engine

from store_server.db.session import writing
from store_server.web.console.accounts.accounts import add_account
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import NOW, STORE

PASSWORD = "four words of mine"
FIELDS = ("input", "select", "textarea")


@pytest.mark.parametrize(
    ("address", "form", "field"),
    [
        ("alerts/silences", {"reason": "", "until_day": "2026-11-20", "until_time": "10:00"}, "until_day"),
        ("alerts/silences", {"store": "nowhere", "reason": ""}, "store"),
        ("accounts", {"name": "Bruno", "password": "short", "role": "staff"}, "password"),
        ("accounts", {"name": "Bruno", "password": PASSWORD, "role": "king"}, "role"),
        ("accounts", {"name": "Bruno", "password": PASSWORD, "role": "staff", "stores": "mars"}, "stores"),
        ("account/password", {"old": "another", "password": PASSWORD}, "old"),
        ("campaigns/shoes-help/codes", {"do": "pattern", "pattern": "X"}, "pattern"),
        ("campaigns/shoes-help/codes", {"do": "codes", "codes": ""}, "codes"),
        ("places", {"store": STORE, "latitude": "north", "longitude": "east"}, "latitude"),
        ("enrol", {"store": STORE, "gateway": "gw-nowhere"}, "gateway"),
    ],
)
async def test_a_refused_form_opens_at_its_first_fault(
    console: httpx.AsyncClient, engine: Engine, address: str, form: dict[str, str], field: str
) -> None:
    with writing(engine) as session:
        add_account(session, "Anna", PASSWORD, "owner", NOW)
    await console.post("/console/sign-in", data={"name": "Anna", "password": PASSWORD})
    answer = await console.post(f"/console/{address}", data=form)
    page = Page(answer.text)
    assert answer.status_code == 422
    focused = [one for tag in FIELDS for one in page.elements[tag] if "autofocus" in one]
    assert [(one["name"], one["aria-invalid"]) for one in focused] == [(field, "true")]


async def test_a_page_without_a_fault_focuses_nothing(console: httpx.AsyncClient) -> None:
    await console.post("/console/places", data={"latitude": "north"})
    for path in ("alerts", "accounts", "places", "campaigns/shoes-help/codes", "why", "enrol"):
        assert "autofocus" not in (await console.get(f"/console/{path}")).text, path


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/alerts/silences", "/alerts"),
        ("/alerts/3/taken", "/alerts"),
        ("/alerts/silences/3/end", "/alerts"),
        ("/places/lines", "/places"),
        ("/account/password", "/account"),
        ("/account/sessions", "/account"),
        ("/campaigns/shoes-help/status", "/campaigns/shoes-help"),
        ("/campaigns/shoes-help/restore", "/campaigns/shoes-help"),
        (f"/enrol/{STORE}/gw-shoes/revoke", f"/enrol/{STORE}/gw-shoes"),
        ("/last-week", ""),
        ("/sign-out", ""),
    ],
)
async def test_the_address_of_a_form_leads_back_to_its_page(
    console: httpx.AsyncClient, address: str, page: str
) -> None:
    answer = await console.get(f"/console{address}")
    assert (answer.status_code, answer.headers.get("location")) == (303, f"/console{page}")


async def test_an_address_that_nothing_answers_stays_unknown(console: httpx.AsyncClient) -> None:
    for path in ("/console/nowhere", "/console/alerts/3/given", "/console/alerts/three/four/taken"):
        assert (await console.get(path)).status_code == 404, path
