"""Whether there is another store at all: the pages of an account limited to its own do not differ by a byte (no counts, no ids)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col, delete, select

from protocol.instants import DAY, HOUR, SECOND
from store_server.db import tables
from store_server.db.scope import PastTheFilter, narrow
from store_server.db.session import reading, writing
from store_server.fleet.alerts import Alerts
from store_server.web.console.accounts.accounts import add_account
from store_server.web.console.router import console_router
from tests.store_server.web.console.accounts.test_stores_apart import (
    ELSEWHERE,
    OWN,
    PASSWORD,
    SECRET,
    other_store,
)
from tests.store_server.web.console.addresses import page_paths
from tests.store_server.web.console.sample import NOW, STORE, UUID, fill_database
from tests.store_server.web.console.still_clock import StillClock

OWN_CAMPAIGNS = ("shoes-help", "running-fit", "welcome-back", "goodbye")
ASKED = (
    "/console/fleet?show=beacons",
    "/console/fleet?text=gw",
    "/console/fleet?state=silent",
    "/console/why?campaign=welcome-back",
    "/console/why?outcome=send",
    f"/console/why?store={STORE}",
    "/console/alerts?rule=gateway",
    "/console/campaigns?state=live",
    f"/console/stores/{STORE}/hours",
    *(f"/console/campaigns/{name}" for name in OWN_CAMPAIGNS),
    *(f"/console/campaigns/{name}/last-week" for name in OWN_CAMPAIGNS),
)


def _lively_other_store(session: Session) -> None:
    """Put people, equipment, messages and counts into the other store; of the chain's common campaigns too."""
    session.add_all(other_store())
    session.flush()
    session.add_all(_messages(session))
    session.add_all(_floor())
    missed = tables.NearMiss(campaign="welcome-back", step="quiet_hours", day_at=NOW - NOW % DAY, count=7531)
    session.add(missed)
    asked = tables.CampaignReview(
        campaign=f"{SECRET}-fit", text="not read", based_on=1, asked_by=SECRET, asked_at=NOW
    )
    session.add(asked)


def _messages(session: Session) -> list[SQLModel]:
    made = session.exec(select(tables.DecisionRow).where(tables.DecisionRow.store == ELSEWHERE))
    return [
        tables.Outbox(
            id=f"m-{SECRET}-{row.seq}",
            shopper=row.shopper,
            decision=row.seq or 0,
            decision_at=row.at,
            campaign="welcome-back",
            store=ELSEWHERE,
            visit_no=1,
            channel="push",
            title=SECRET,
            body=SECRET,
            deadline_at=row.at,
            state="cancelled",
            reason="left",
            created_at=row.at,
            changed_at=row.at,
        )
        for row in made
    ]


def _floor() -> list[SQLModel]:
    identity: dict[str, Any] = {"uuid": UUID.replace("8c18b6a9", "9c18b6a9"), "major": 1, "minor": 11}
    heard: dict[str, Any] = {"state": "present", "rssi_dbm": -60, "measured_power_dbm": -59, "frames": 9}
    times: dict[str, Any] = {
        "changed_at": NOW - HOUR,
        "first_at": NOW - HOUR,
        "last_at": NOW - SECOND,
        "learned_at": NOW,
    }
    return [
        tables.Presence(store=ELSEWHERE, gateway=f"gw-{SECRET}-entrance", **identity, **heard, **times),
        tables.TagZone(**(identity | {"minor": 3}), kind="cart", store=ELSEWHERE, zone="shoes", since_at=NOW),
        tables.ShopperStateRow(shopper=SECRET, state=b"", store=ELSEWHERE, zone="shoes", seen_at=NOW),
        tables.HelpCall(id=SECRET, shopper=SECRET, store=ELSEWHERE, opened_at=NOW),
        tables.GatewayCode(code_hash=SECRET, store=ELSEWHERE, gateway="gw-till", expires_at=NOW + HOUR),
    ]


def _own_alert() -> tables.Alert:
    return tables.Alert(
        seq=9, rule="gateway", store=STORE, name="gw-shoes", state="silent", detail=[], broken_at=NOW - HOUR
    )


@asynccontextmanager
async def _manager(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    """Sign the manager of the sample store in, after the fleet has been judged."""
    with writing(engine) as session:
        add_account(session, "Anna", PASSWORD, "owner", NOW)
        add_account(session, "Bruno", PASSWORD, "manager", NOW, [STORE], "Anna")
        session.add(_own_alert())
    await Alerts(engine, None).look(NOW)
    app = FastAPI()
    app.include_router(console_router(engine, StillClock(NOW)))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        await client.post("/console/sign-in", data={"name": "Bruno", "password": PASSWORD})
        yield client
    narrow(None)


@pytest.fixture
def alone(tmp_path: Path) -> Engine:
    return fill_database(tmp_path / "alone.db")


@pytest.fixture
def beside(tmp_path: Path) -> Engine:
    engine = fill_database(tmp_path / "beside.db")
    with writing(engine) as session:
        _lively_other_store(session)
    return engine


async def test_pages_are_the_same_with_and_without_another_store(alone: Engine, beside: Engine) -> None:
    asked = [path for path in (*page_paths(OWN), *ASKED) if not path.endswith("/live")]
    async with _manager(alone) as one, _manager(beside) as other:
        for path in asked:
            narrow(None)
            without, with_it = await one.get(path), await other.get(path)
            assert with_it.status_code == without.status_code, path
            assert with_it.text == without.text, path


async def test_an_owner_s_pages_do_differ(alone: Engine, beside: Engine) -> None:
    async with _manager(alone) as one, _manager(beside) as other:
        for path in ("/console", "/console/fleet", "/console/alerts", "/console/campaigns/welcome-back"):
            for client in (one, other):
                await client.post("/console/sign-in", data={"name": "Anna", "password": PASSWORD})
            assert (await one.get(path)).text != (await other.get(path)).text, path


def test_what_would_pass_the_filter_is_refused(beside: Engine) -> None:
    raw = SQLModel.metadata.tables["alert"]
    narrow(frozenset([STORE]))
    try:
        with reading(beside) as session:
            with pytest.raises(PastTheFilter, match="alert"):
                session.execute(select(raw.c.name))
            with pytest.raises(PastTheFilter):
                session.execute(delete(raw))
            assert {row.store for row in session.exec(select(tables.Alert))} <= {STORE}
            assert not session.exec(
                select(tables.Gateway).where(col(tables.Gateway.store) == ELSEWHERE)
            ).all()
    finally:
        narrow(None)
