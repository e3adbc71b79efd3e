"""A gateway's log bundles on its page: asked, waiting, arrived, not answered; and the file."""

import base64
import gzip
import json

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from protocol.instants import MINUTE
from protocol.messages import Result
from protocol.topics import GatewayAddress
from store_server.db.session import writing
from store_server.fleet.bundles import ask_for_bundle, keep_answers
from store_server.web.console.accounts.accounts import add_account
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import NOW, STORE

PAGE = f"/console/fleet/{STORE}"
BUNDLE = {"v": 1, "log": ["INFO gateway: one"]}


def arrived(session: Session, gateway: str, request: str, at: int) -> None:
    address = GatewayAddress(STORE, gateway)
    text = base64.b64encode(gzip.compress(json.dumps(BUNDLE).encode(), mtime=0)).decode()
    ask_for_bundle(session, address, "Anna", request, at)
    keep_answers(session, [(address, Result(id=request, ok=True, bundle=text))], at)


async def test_asking_leads_back_to_the_page_which_waits(console: httpx.AsyncClient) -> None:
    asked = await console.post(f"{PAGE}/gw-running/bundles")
    assert (asked.status_code, asked.headers["location"]) == (303, f"{PAGE}/gw-running#bundles")
    page = Page((await console.get(f"{PAGE}/gw-running")).text)
    assert page.faults == []
    assert "waiting for its answer" in page.text("main")
    part = await console.get(f"{PAGE}/gw-running/bundles?lang=it")
    assert "aspetta la risposta" in part.text


async def test_what_arrived_is_a_file(console: httpx.AsyncClient, engine: Engine) -> None:
    with writing(engine) as session:
        arrived(session, "gw-running", "b-1", NOW - MINUTE)
    page = Page((await console.get(f"{PAGE}/gw-running")).text)
    assert "Download, 1 kB" in page.text("main")
    assert "data-refresh" not in (await console.get(f"{PAGE}/gw-running")).text
    file = await console.get(f"{PAGE}/gw-running/bundles/b-1")
    assert file.json() == BUNDLE
    assert "milan-duomo-gw-running-20261121T143120Z.json" in file.headers["content-disposition"]
    assert (await console.get(f"{PAGE}/gw-shoes/bundles/b-1")).status_code == 404


async def test_no_answer_says_how_the_gateway_is(console: httpx.AsyncClient, engine: Engine) -> None:
    with writing(engine) as session:
        ask_for_bundle(session, GatewayAddress(STORE, "gw-shoes"), "Anna", "b-1", NOW - 2 * MINUTE)
    said = Page((await console.get(f"{PAGE}/gw-shoes")).text).text("main")
    assert "not answered. The gateway now: Silent" in said


@pytest.mark.parametrize(("role", "status"), [("manager", 403), ("operator", 200)])
async def test_bundles_are_the_operators_(
    console: httpx.AsyncClient, engine: Engine, role: str, status: int
) -> None:
    password = "four words of mine"
    with writing(engine) as session:
        arrived(session, "gw-running", "b-1", NOW - MINUTE)
        add_account(session, "Anna", password, "owner", NOW)
        add_account(session, "Bruno", password, role, NOW)
    await console.post("/console/sign-in", data={"name": "Bruno", "password": password})
    assert (await console.get(f"{PAGE}/gw-running/bundles/b-1")).status_code == status
    assert (await console.get(f"{PAGE}/gw-running/bundles")).status_code == status
    assert ("Ask for a bundle" in (await console.get(f"{PAGE}/gw-running")).text) == (status == 200)


async def test_a_gateway_that_is_not_planned_is_not_asked(console: httpx.AsyncClient) -> None:
    assert (await console.post(f"{PAGE}/nobody/bundles")).status_code == 404
