"""An account limited to a store: of another there is no page, no row, no name, whatever is asked."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import SQLModel, select

from protocol.instants import DAY, HOUR, MINUTE
from store_server.db import tables
from store_server.db.scope import narrow
from store_server.db.session import reading, writing
from store_server.fleet.alerts import Alerts
from store_server.web.console.accounts.accounts import add_account
from store_server.web.console.router import console_router
from tests.store_server.web.console.addresses import page_paths
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import CAMPAIGNS, NOW, PLAN, STORE, decisions
from tests.store_server.web.console.still_clock import StillClock

ELSEWHERE = "rome-corso"
SECRET = "zebra"
"""In every name of the other store: where it is read, something has leaked."""

OTHER_PLAN = (
    PLAN.replace(STORE, ELSEWHERE)
    .replace("Milano Duomo", f"{SECRET} Roma")
    .replace("8c18b6a9", "9c18b6a9")
    .replace("3f0e6c1e", "4f0e6c1e")
    .replace("gw-", f"gw-{SECRET}-")
)
OTHER_CAMPAIGN = (
    CAMPAIGNS["running-fit"]
    .replace("id: running-fit", f"id: {SECRET}-fit")
    .replace("Running: free gait check", f"{SECRET} fit")
    .replace(STORE, ELSEWHERE)
)
PASSWORD = "four words of mine"
WINDOW = {"until_day": "2026-11-21", "until_time": "18:00", "reason": "works on the line"}
SAMPLE = {
    "store": ELSEWHERE,
    "campaign": f"{SECRET}-fit",
    "gateway": f"gw-{SECRET}-shoes",
    "seq": "1001",
    "key": "none",
    "path": "nowhere",
}


OWN = {
    "store": STORE,
    "campaign": "welcome-back",
    "gateway": "gw-shoes",
    "seq": "59",
    "path": "nowhere",
    "key": "none",
}


def other_store() -> list[SQLModel]:
    found: list[SQLModel] = [
        tables.PlanRevision(store=ELSEWHERE, revision=1, text=OTHER_PLAN, applied_at=NOW, applied_by="eva"),
        tables.CampaignRevision(
            campaign=f"{SECRET}-fit", revision=1, text=OTHER_CAMPAIGN, applied_at=NOW, applied_by="eva"
        ),
        tables.Alert(
            seq=1001,
            rule="gateway",
            store=ELSEWHERE,
            name=f"gw-{SECRET}-shoes",
            state="silent",
            detail=[],
            broken_at=NOW - MINUTE,
        ),
        tables.AlertSilence(
            seq=1001, store=ELSEWHERE, from_at=NOW - MINUTE, until_at=NOW + HOUR, made_by=SECRET
        ),
        tables.Gateway(
            store=ELSEWHERE, id=f"gw-{SECRET}-shoes", status="online", status_at=NOW - DAY, presence_at=NOW
        ),
    ]
    for row in decisions(NOW)[:3]:
        values = row.model_dump() | {"store": ELSEWHERE, "seq": 1000 + (row.seq or 0)}
        found.append(tables.DecisionRow(**values | {"shopper": f"s-{SECRET}", "campaign": "welcome-back"}))
    return found


@pytest.fixture
async def limited(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    """Sign a manager of the sample store in; there is another store beside it."""
    with writing(engine) as session:
        session.add_all(other_store())
        add_account(session, "Anna", PASSWORD, "owner", NOW)
        add_account(session, "Bruno", PASSWORD, "manager", NOW, [STORE], "Anna")
    await Alerts(engine, None).look(NOW)
    app = FastAPI()
    app.include_router(console_router(engine, StillClock(NOW)))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        entered = await client.post("/console/sign-in", data={"name": "Bruno", "password": PASSWORD})
        assert entered.status_code == 303
        yield client
    narrow(None)


async def test_no_page_of_another_store_is_there(limited: httpx.AsyncClient) -> None:
    elsewhere = [path for path in page_paths(SAMPLE) if SECRET in path or ELSEWHERE in path or "1001" in path]
    assert len(elsewhere) >= 8
    for path in elsewhere:
        answer = await limited.get(path)
        assert answer.status_code in (403, 404), path
        assert SECRET not in answer.text.replace(path, ""), path


async def test_no_page_of_ones_own_store_tells_of_another(limited: httpx.AsyncClient) -> None:
    asked = [*page_paths(OWN), "/console/fleet?show=beacons", f"/console/fleet?store={ELSEWHERE}"]
    asked += [f"/console/why?store={ELSEWHERE}", "/console/why?campaign=welcome-back"]
    asked += [f"/console/campaigns/import?campaign={SECRET}-fit"]
    for path in asked:
        if path.endswith("/live"):
            continue  # a stream of the store whose page is asked here; it has no end
        answer = await limited.get(path, follow_redirects=True)
        assert SECRET not in answer.text.replace(path, ""), path
        assert answer.status_code < 500, path


async def test_no_form_changes_another_store(limited: httpx.AsyncClient, engine: Engine) -> None:
    at = f"/console/stores/{ELSEWHERE}/plan"
    form = {
        "revision": "1",
        "zone.till.is": "1",
        "zone.till.name": "Mine",
        "wide": "3",
        "left": "0",
        "bottom": "0",
    }
    for path in (at, f"{at}/picture/place"):
        assert (await limited.post(path, data=form)).status_code == 404, path
    assert (await limited.post(f"{at}/picture", files={"picture": b"x"})).status_code == 404
    with reading(engine) as session:
        assert [row.text for row in session.exec(select(tables.PlanRevision)) if row.store == ELSEWHERE] == [
            OTHER_PLAN
        ]


async def test_what_is_counted_is_ones_own(limited: httpx.AsyncClient) -> None:
    own = Page((await limited.get("/console/fleet")).text)
    assert own.texts["b"] == ["4", "10"]
    await limited.post("/console/sign-in", data={"name": "Anna", "password": PASSWORD})
    both = Page((await limited.get("/console/fleet")).text)
    assert both.texts["b"] == ["8", "20"]


async def test_the_owner_sees_both(limited: httpx.AsyncClient) -> None:
    await limited.post("/console/sign-in", data={"name": "Anna", "password": PASSWORD})
    for path in ("/console", "/console/fleet", "/console/alerts", "/console/campaigns"):
        assert SECRET in (await limited.get(path)).text, path
    assert (await limited.get(f"/console/stores/{ELSEWHERE}")).status_code == 200
    assert (await limited.get("/console/decisions/1001")).status_code == 200


async def test_a_campaign_of_other_stores_too_is_read_and_not_changed(limited: httpx.AsyncClient) -> None:
    for name, seen in (("welcome-back", 403), (f"{SECRET}-fit", 404), ("running-fit", 303)):
        tapped = await limited.post(
            f"/console/campaigns/{name}/status", data={"status": "paused", "revision": "3"}
        )
        assert tapped.status_code == seen, name
    for text in (CAMPAIGNS["welcome-back"].replace("Welcome back", "Mine now"), OTHER_CAMPAIGN):
        refused = await limited.post("/console/campaigns/import", data={"text": text, "do": "apply"})
        assert refused.status_code == 422
        assert "stores out of milan-duomo" in refused.text
    taken_over = OTHER_CAMPAIGN.replace(ELSEWHERE, STORE)
    refused = await limited.post("/console/campaigns/import", data={"text": taken_over, "do": "apply"})
    assert refused.status_code == 422


async def test_alerts_and_silences_of_another_store_are_out_of_reach(
    limited: httpx.AsyncClient, engine: Engine
) -> None:
    assert (await limited.post("/console/alerts/1001/taken")).status_code == 404
    assert (await limited.post("/console/alerts/silences/1001/end")).status_code == 404
    for store in (ELSEWHERE, ""):
        asked = await limited.post("/console/alerts/silences", data={**WINDOW, "store": store})
        assert asked.status_code == 422, store
    own = await limited.post("/console/alerts/silences", data={**WINDOW, "store": STORE})
    assert own.status_code == 303
    narrow(None)
    with reading(engine) as session:
        assert session.get_one(tables.Alert, 1001).acknowledged_at is None
        assert {one.store for one in session.exec(select(tables.AlertSilence))} == {STORE, ELSEWHERE}


def test_an_owner_is_not_limited(engine: Engine) -> None:
    with writing(engine) as session:
        add_account(session, "Anna", PASSWORD, "owner", NOW)
        with pytest.raises(Exception, match="An owner has every store"):
            add_account(session, "Eva", PASSWORD, "owner", NOW, [STORE])


async def test_codes_of_a_campaign_of_the_whole_chain_are_not_one_store_s_to_take(
    limited: httpx.AsyncClient,
) -> None:
    assert (await limited.get("/console/campaigns/welcome-back/codes/issued.csv")).status_code == 403
    assert (await limited.get("/console/campaigns/shoes-help/codes/issued.csv")).status_code == 200
