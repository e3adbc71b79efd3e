"""Alerts as operators meet them: what is broken, who takes it, and silence windows."""

import re

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import select

from protocol.instants import MINUTE, parse_instant
from store_server.db.session import reading, writing
from store_server.db.tables import Alert, AlertSilence, Audit
from store_server.fleet.alerts import STEADY_MS, Alerts, keep
from store_server.web.console.accounts.accounts import add_account
from store_server.web.console.desk import Reach
from store_server.web.console.router import console_router
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import NOW, STORE
from tests.store_server.web.console.still_clock import StillClock

PAGE = "/console/alerts"


@pytest.fixture
async def watched(console: httpx.AsyncClient, engine: Engine) -> httpx.AsyncClient:
    """The sample afternoon after the scheduler's ticks: gw-shoes and JACK-2 are silent."""
    alerts = Alerts(engine, None)
    await alerts.look(NOW - 2 * STEADY_MS)
    await alerts.look(NOW)
    return console


def kept(engine: Engine, seq: int = 1) -> Alert:
    with reading(engine) as session:
        return session.get_one(Alert, seq)


@pytest.mark.parametrize("language", ["en", "it"])
async def test_the_page_is_whole_and_names_cause_and_effect(
    watched: httpx.AsyncClient, language: str
) -> None:
    page = Page((await watched.get(PAGE, headers={"accept-language": language})).text)
    assert page.faults == []
    text = page.text("tbody")
    assert "gw-shoes" in text
    assert "JACK-2" in text
    assert "Shoes: help choosing" in text
    assert page.text("h1") == {"en": "Alerts", "it": "Allarmi"}[language]


async def test_what_broke_leads_to_its_own_page(watched: httpx.AsyncClient, engine: Engine) -> None:
    own = {
        "Gateway gw-shoes silent since 14:02": f"/console/fleet/{STORE}/gw-shoes",
        "JACK-2": f"/console/stores/{STORE}?beacon=JACK-2#who",
    }
    html = (await watched.get(PAGE)).text
    for words, link in own.items():
        assert re.search(f'<a href="{re.escape(link)}">[^<]*{words}', html), words
        assert (await watched.get(link)).status_code == 200
    assert "Who hears JACK-2 now" in (await watched.get(own["JACK-2"])).text
    for page in (f"/console/stores/{STORE}", "/console/campaigns/shoes-help"):
        found = Page((await watched.get(page)).text)
        assert found.faults == []
        assert own["Gateway gw-shoes silent since 14:02"] in [one.get("href") for one in found.elements["a"]]


async def test_what_stops_campaigns_comes_first(watched: httpx.AsyncClient, engine: Engine) -> None:
    with writing(engine) as session:
        session.get_one(Alert, 1).broken_at = NOW - 90 * MINUTE  # gw-shoes is the older fault
    rows = Page((await watched.get(PAGE)).text).text("tbody")
    assert rows.index("gw-shoes") < rows.index("JACK-2")


async def test_without_an_address_nobody_waits_for_a_message(
    watched: httpx.AsyncClient, engine: Engine
) -> None:
    assert "nowhere to send: no address is set" in Page((await watched.get(PAGE)).text).text("tbody")
    app = FastAPI()
    app.include_router(console_router(engine, StillClock(NOW), reach=Reach(alerts_sent=True)))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as sending:
        assert "no address is set" not in (await sending.get(PAGE)).text


async def test_all_well_is_said(console: httpx.AsyncClient) -> None:
    assert "Everything is well" in (await console.get(PAGE)).text


async def test_whoever_is_first_takes_it(watched: httpx.AsyncClient, engine: Engine) -> None:
    page = Page((await watched.get(PAGE)).text)
    assert "I take care of it: gateway gw-shoes silent since 14:02" in [
        one.get("aria-label") for one in page.elements["button"]
    ]
    assert (await watched.post(f"{PAGE}/1/taken")).status_code == 303
    assert (kept(engine).acknowledged_at, kept(engine).acknowledged_by) == (NOW, "this machine")
    assert "by this machine" in Page((await watched.get(PAGE)).text).text("tbody")
    assert (await watched.post(f"{PAGE}/99/taken")).status_code == 404
    with reading(engine) as session:
        assert [one.action for one in session.exec(select(Audit))] == ["alert.taken"]


async def test_what_is_over_is_listed_with_its_end(watched: httpx.AsyncClient, engine: Engine) -> None:
    for at in (NOW, NOW + STEADY_MS):
        with writing(engine) as session:
            keep(session, {}, at)
    page = Page((await watched.get(PAGE)).text)
    assert "Everything is well" in page.text()
    assert "gw-shoes" in page.text("tbody")


WINDOW = {
    "store": STORE,
    "rule": "gateway",
    "from_day": "2026-11-21",
    "from_time": "20:00",
    "until_day": "2026-11-22",
    "until_time": "06:30",
    "reason": "new shelves",
}


async def test_a_silence_window_is_planned_shown_and_ended(
    watched: httpx.AsyncClient, engine: Engine
) -> None:
    assert (await watched.post(f"{PAGE}/silences", data=WINDOW)).status_code == 303
    with reading(engine) as session:
        window = session.get_one(AlertSilence, 1)
    assert (window.store, window.rule, window.reason) == (STORE, "gateway", "new shelves")
    assert (window.from_at, window.until_at) == (
        parse_instant("2026-11-21T19:00:00Z"),
        parse_instant("2026-11-22T05:30:00Z"),
    )
    assert window.made_by == "this machine"
    text = Page((await watched.get(PAGE)).text).text()
    assert "Milano Duomo · Gateways" in text
    assert "from 20:00 CET until 22 Nov, 06:30 CET, by this machine: new shelves" in text
    assert (await watched.post(f"{PAGE}/silences/1/end")).status_code == 303
    assert "new shelves" not in Page((await watched.get(PAGE)).text).text()
    assert (await watched.post(f"{PAGE}/silences/9/end")).status_code == 404


async def test_a_window_begins_now_where_nothing_else_is_said(
    watched: httpx.AsyncClient, engine: Engine
) -> None:
    form = {**WINDOW, "store": "", "rule": "", "from_day": "", "from_time": ""}
    assert (await watched.post(f"{PAGE}/silences", data=form)).status_code == 303
    with reading(engine) as session:
        window = session.get_one(AlertSilence, 1)
    assert (window.store, window.rule, window.from_at) == (None, None, NOW)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"store": "nowhere"}, "A store out of the list"),
        ({"rule": "weather"}, "A kind out of the list"),
        ({"reason": " "}, "Say why"),
        ({"reason": "x" * 121}, "Say why"),
        ({"from_time": "25:00"}, "A day such as"),
        ({"until_day": "", "until_time": ""}, "A day such as"),
        ({"until_day": "2026-11-20"}, "The end comes after"),
        ({"until_day": "2027-11-20"}, "31 days at most"),
    ],
)
async def test_an_odd_form_opens_no_window_and_keeps_what_was_typed(
    watched: httpx.AsyncClient, engine: Engine, changed: dict[str, str], said: str
) -> None:
    answer = await watched.post(f"{PAGE}/silences", data={**WINDOW, **changed})
    page = Page(answer.text)
    assert answer.status_code == 422
    assert said in page.text()
    assert page.faults == []
    assert any(one.get("value") == {**WINDOW, **changed}["until_time"] for one in page.elements["input"])
    with reading(engine) as session:
        assert session.exec(select(AlertSilence)).all() == []


async def test_staff_sees_alerts_and_changes_nothing(watched: httpx.AsyncClient, engine: Engine) -> None:
    with writing(engine) as session:
        add_account(session, "Anna", "four words of mine", "owner", NOW)
        add_account(session, "Bruno", "four words of mine", "staff", NOW)
    await watched.post("/console/sign-in", data={"name": "Bruno", "password": "four words of mine"})
    page = await watched.get(PAGE)
    assert "gw-shoes" in page.text
    assert "I take care of it" not in page.text
    assert (await watched.post(f"{PAGE}/1/taken")).status_code == 403
    assert (await watched.post(f"{PAGE}/silences", data=WINDOW)).status_code == 403
    assert kept(engine).acknowledged_at is None
