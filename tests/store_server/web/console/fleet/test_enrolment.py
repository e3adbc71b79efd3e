"""Enrolment in the console: a code for a planned gateway, its way in, and its end."""

import re

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import select

from protocol.instants import DAY, MINUTE
from protocol.topics import GatewayAddress
from store_server.db.session import reading, writing
from store_server.db.tables import (
    Audit,
    Gateway,
    GatewayCertificate,
    GatewayCode,
    GatewayMessage,
    PlanRevision,
)
from store_server.fleet.enrolment import hand_out_code
from store_server.web.console.accounts.accounts import add_account
from store_server.web.console.router import console_router
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import NOW, PLAN, STORE
from tests.store_server.web.console.still_clock import StillClock

PAGE = "/console/enrol"
GATEWAY = "gw-shoes"
ITS = f"{PAGE}/{STORE}/{GATEWAY}"


async def ask(console: httpx.AsyncClient, gateway: str = GATEWAY) -> httpx.Response:
    return await console.post(PAGE, data={"store": STORE, "gateway": gateway})


def certificate(engine: Engine, issued_at: int = NOW - 10 * MINUTE) -> None:
    with writing(engine) as session:
        row = GatewayCertificate(
            serial="ab", store=STORE, gateway=GATEWAY, issued_at=issued_at, expires_at=NOW + 900 * DAY
        )
        session.add(row)


async def test_a_code_is_shown_once_with_the_command_and_its_qr(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    form = Page((await console.get(PAGE)).text)
    assert GATEWAY in [one["value"] for one in form.elements["option"]]
    answer = await ask(console)
    page = Page(answer.text)
    assert page.faults == []
    (code,) = re.findall(r"--code ([2-9a-z-]{19})", page.text("code"))
    command = f"sudo aislecue gateway enroll --server http://127.0.0.1 --code {code}"
    assert command in page.text("code")
    assert any(one.get("class") == "qr" for one in page.elements["svg"])
    assert "It expires in 1 day" in page.text()
    assert answer.headers["cache-control"] == "no-store"
    with reading(engine) as session:
        assert code not in [row.code_hash for row in session.exec(select(GatewayCode))]
    assert code not in (await console.get(ITS)).text


async def test_without_a_broker_to_name_no_code_is_made(engine: Engine) -> None:
    app = FastAPI()
    app.include_router(console_router(engine, StillClock(NOW)))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as console:
        form, answer = await console.get(PAGE), await ask(console)
    assert (form.status_code, answer.status_code) == (200, 409)
    for page in (Page(form.text), Page(answer.text)):
        assert "Set AISLECUE_GATEWAY_BROKER_HOST for the server first" in page.text("main")
        assert "Make a code" not in page.text("button")
        assert page.elements["select"] == []
    with reading(engine) as session:
        assert session.exec(select(GatewayCode)).all() == []


async def test_a_newer_code_replaces_the_one_before(console: httpx.AsyncClient, engine: Engine) -> None:
    await ask(console)
    await ask(console)
    with reading(engine) as session:
        assert len(session.exec(select(GatewayCode)).all()) == 1


@pytest.mark.parametrize("gateway", ["gw-nowhere", "", "<script>"])
async def test_what_is_not_planned_gets_no_code(
    console: httpx.AsyncClient, engine: Engine, gateway: str
) -> None:
    answer = await ask(console, gateway)
    assert answer.status_code == 422
    assert "Choose a gateway of this store's plan." in Page(answer.text).text()
    with reading(engine) as session:
        assert session.exec(select(GatewayCode)).all() == []


async def test_the_page_tells_each_step_as_it_comes(console: httpx.AsyncClient, engine: Engine) -> None:
    part = f"{ITS}/progress"
    assert "Not enrolled yet" in (await console.get(part)).text
    certificate(engine)
    said = Page((await console.get(part)).text).text()
    assert "Enrolled 15:22 CET" in said
    assert "Not heard yet" in said, "what it said before was another gateway's word"
    with writing(engine) as session:
        session.get_one(Gateway, (STORE, GATEWAY)).presence_at = NOW
        for seq in (1, 2):
            at = NOW - (8 - seq) * MINUTE
            session.add(GatewayMessage(store=STORE, gateway=GATEWAY, boot="n", seq=seq, received_at=at))
    assert "First heard 15:25 CET" in Page((await console.get(part)).text).text()


async def test_a_certificate_that_renewed_itself_is_no_new_enrolment(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    certificate(engine, NOW - 300 * DAY)
    with writing(engine) as session:
        session.add(
            GatewayCertificate(
                serial="cd", store=STORE, gateway=GATEWAY, issued_at=NOW - MINUTE, expires_at=NOW + 365 * DAY
            )
        )
        session.get_one(Gateway, (STORE, GATEWAY)).presence_at = NOW - 2 * MINUTE
    said = Page((await console.get(f"{ITS}/progress")).text).text()
    assert "Not heard yet" not in said


async def test_revoking_ends_code_and_certificate_and_says_what_the_broker_needs(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    certificate(engine)
    with writing(engine) as session:
        hand_out_code(session, GatewayAddress(STORE, GATEWAY), "some-code", "anna", NOW)
    answer = await console.post(f"{ITS}/revoke")
    assert answer.headers["location"] == ITS
    said = Page((await console.get(ITS)).text).text()
    assert "Revoked 15:32 CET" in said
    assert f"aislecue gateway revoke --store {STORE} --gateway {GATEWAY} --crl" in said
    with reading(engine) as session:
        assert session.exec(select(GatewayCode)).all() == []
        assert "gateway.revoke" in [one.action for one in session.exec(select(Audit))]


async def test_a_name_too_long_for_a_certificate_is_said(console: httpx.AsyncClient, engine: Engine) -> None:

    long = "gw-" + "x" * 60
    with writing(engine) as session:
        text = PLAN.replace("id: gw-shoes", f"id: {long}")
        session.add(PlanRevision(store=STORE, revision=3, text=text, applied_at=NOW, applied_by="anna"))
    answer = await ask(console, long)
    assert answer.status_code == 422
    assert "more than 64 characters" in Page(answer.text).text()


async def test_staff_reads_the_steps_and_hands_out_nothing(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    with writing(engine) as session:
        add_account(session, "Anna", "four words of mine", "owner", NOW)
        add_account(session, "Bruno", "four words of mine", "staff", NOW)
    await console.post("/console/sign-in", data={"name": "Bruno", "password": "four words of mine"})
    certificate(engine)
    page = await console.get(ITS)
    assert page.status_code == 200
    assert "Revoke" not in Page(page.text).text("button")
    assert (await ask(console)).status_code == 403
    assert (await console.post(f"{ITS}/revoke")).status_code == 403
