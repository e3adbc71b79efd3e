from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import select

from campaigns.document import read_campaign
from store_server.applying import running_campaigns
from store_server.db.session import reading, writing
from store_server.db.tables import Audit, CampaignReview
from store_server.settings import read_settings
from store_server.web.console.accounts.accounts import add_account
from store_server.web.console.router import console_router
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import CAMPAIGNS, NOW
from tests.store_server.web.console.still_clock import StillClock

DRAFT, LIVE, PAUSED = "goodbye", "shoes-help", "jackets-rain"
PASSWORD = "four words of mine"


@pytest.fixture
async def people(engine: Engine) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """Sign Anna (owner), Bruno (manager) and Carla (staff) in to a console that wants a second person."""
    with writing(engine) as session:
        for name, role in (("Anna", "owner"), ("Bruno", "manager"), ("Carla", "staff")):
            add_account(session, name, PASSWORD, role, NOW)
    app = FastAPI()
    app.include_router(console_router(engine, StillClock(NOW), review=True))
    async with AsyncExitStack() as stack:
        clients = {}
        for name in ("Anna", "Bruno", "Carla"):
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1", follow_redirects=True
            )
            clients[name] = await stack.enter_async_context(client)
            await client.post("/console/sign-in", data={"name": name, "password": PASSWORD})
        yield clients


def running(engine: Engine, campaign: str) -> tuple[str, int]:
    with reading(engine) as session:
        kept = running_campaigns(session)[campaign]
    return read_campaign(kept.text, campaign).status, kept.revision


def audited(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as session:
        rows = session.exec(select(Audit).where(Audit.action != "account.add"))
        return [(one.actor, one.action) for one in rows]


def page_of(campaign: str) -> str:
    return f"/console/campaigns/{campaign}"


async def ask(client: httpx.AsyncClient, campaign: str = DRAFT, revision: int = 3) -> httpx.Response:
    return await client.post(f"{page_of(campaign)}/review", data={"do": "ask", "revision": str(revision)})


async def approve(client: httpx.AsyncClient, campaign: str = DRAFT, asked_at: int = NOW) -> httpx.Response:
    return await client.post(f"{page_of(campaign)}/approve", data={"asked_at": str(asked_at)})


async def bring(client: httpx.AsyncClient, text: str) -> httpx.Response:
    return await client.post("/console/campaigns/import", data={"text": text, "do": "apply"})


async def test_without_review_a_draft_is_published_in_one_tap(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    page = Page((await console.get(page_of(DRAFT))).text)
    assert "Publish" in page.text("button")
    assert "Ask for review" not in page.text("button")
    form = {"do": "publish", "revision": "3"}
    assert (await console.post(f"{page_of(DRAFT)}/publish", data=form)).status_code == 303
    assert running(engine, DRAFT) == ("live", 4)
    assert (await console.post(f"{page_of(DRAFT)}/publish", data=form)).status_code == 303, "tapped twice"
    assert running(engine, DRAFT) == ("live", 4)
    assert audited(engine) == [("this machine", "campaign.apply")]


@pytest.mark.parametrize(("revision", "answer"), [("2", 409), ("x", 422), ("", 422)])
async def test_an_old_page_publishes_nothing(
    console: httpx.AsyncClient, engine: Engine, revision: str, answer: int
) -> None:
    form = {"do": "publish", "revision": revision}
    assert (await console.post(f"{page_of(DRAFT)}/publish", data=form)).status_code == answer
    assert running(engine, DRAFT) == ("draft", 3)
    assert (await console.post(f"{page_of('nothing')}/publish", data=form)).status_code in (404, 422)


async def test_one_asks_another_approves_and_only_then_it_is_live(
    people: dict[str, httpx.AsyncClient], engine: Engine
) -> None:
    first = Page((await people["Bruno"].get(page_of(DRAFT))).text)
    assert "Ask for review" in first.text("button")
    assert "Publish" not in first.text("button")
    asked = Page((await ask(people["Bruno"])).text)
    assert asked.faults == []
    assert "Bruno asks for it to go live" in asked.text()
    assert "Approve and publish" not in asked.text("button"), "not by who asked"
    assert running(engine, DRAFT) == ("draft", 3)
    assert (await approve(people["Bruno"])).status_code == 409
    seen = Page((await people["Anna"].get(page_of(DRAFT))).text)
    assert "Approve and publish" in seen.text("button")
    assert "Draft" in seen.text("del")
    assert "+status: live" in seen.text("pre")
    assert (await approve(people["Anna"])).status_code == 200
    assert running(engine, DRAFT) == ("live", 4)
    assert audited(engine) == [
        ("Bruno", "campaign.review.ask"),
        ("Anna", "campaign.apply"),
        ("Anna", "campaign.review.approve"),
    ]
    assert (await approve(people["Anna"])).status_code == 409, "nothing waits any more"


async def test_nobody_goes_around_the_second_person(
    people: dict[str, httpx.AsyncClient], engine: Engine
) -> None:
    form = {"do": "publish", "revision": "3"}
    assert (await people["Anna"].post(f"{page_of(DRAFT)}/publish", data=form)).status_code == 409
    await bring(people["Anna"], CAMPAIGNS[DRAFT].replace("status: draft", "status: live"))
    assert running(engine, DRAFT) == ("draft", 3)
    assert "Anna asks for it to go live" in (await people["Bruno"].get(page_of(DRAFT))).text


async def test_a_change_to_a_live_campaign_waits_while_the_old_text_runs_on(
    people: dict[str, httpx.AsyncClient], engine: Engine
) -> None:
    await bring(people["Bruno"], CAMPAIGNS[LIVE].replace("after_s: 90", "after_s: 45"))
    assert running(engine, LIVE) == ("live", 3)
    page = Page((await people["Anna"].get(page_of(LIVE))).text)
    assert "stays 45 seconds" in page.text("ins")
    assert "Pause" in page.text("button"), "it can be stopped all the while"
    await approve(people["Anna"], LIVE)
    assert running(engine, LIVE) == ("live", 4)


async def test_a_campaign_imported_live_starts_as_a_draft_that_waits(
    people: dict[str, httpx.AsyncClient], engine: Engine
) -> None:
    text = CAMPAIGNS[LIVE].replace("id: shoes-help", "id: brand-new")
    answer = await bring(people["Bruno"], text)
    assert answer.url.path == page_of("brand-new")
    assert running(engine, "brand-new") == ("draft", 1)
    await approve(people["Anna"], "brand-new")
    assert running(engine, "brand-new") == ("live", 2)


async def test_what_was_live_before_is_resumed_and_restored_by_one_person(
    people: dict[str, httpx.AsyncClient], engine: Engine
) -> None:
    bruno = people["Bruno"]
    await bruno.post(f"{page_of(LIVE)}/status", data={"status": "paused", "revision": "3"})
    assert "Go live" in Page((await bruno.get(page_of(LIVE))).text).text("button")
    await bruno.post(f"{page_of(LIVE)}/status", data={"status": "live", "revision": "4"})
    assert running(engine, LIVE) == ("live", 5)
    never_live = Page((await bruno.get(page_of(PAUSED))).text)
    assert "Ask for review" in never_live.text("button")
    await bruno.post(f"{page_of(PAUSED)}/status", data={"status": "live", "revision": "3"})
    assert running(engine, PAUSED) == ("paused", 3)


async def test_a_later_revision_voids_what_was_asked_for(
    people: dict[str, httpx.AsyncClient], engine: Engine
) -> None:
    await ask(people["Bruno"])
    await bring(people["Bruno"], CAMPAIGNS[DRAFT].replace("Two taps tell us.", "One tap tells us."))
    page = Page((await people["Anna"].get(page_of(DRAFT))).text)
    assert "Approve and publish" not in page.text("button")
    assert "Ask for review" in page.text("button")
    assert (await approve(people["Anna"])).status_code == 409
    assert running(engine, DRAFT) == ("draft", 4)


@pytest.mark.parametrize(("who", "label"), [("Bruno", "Withdraw"), ("Anna", "Send back")])
async def test_what_was_asked_for_is_taken_back(
    people: dict[str, httpx.AsyncClient], engine: Engine, who: str, label: str
) -> None:
    await ask(people["Bruno"])
    assert label in Page((await people[who].get(page_of(DRAFT))).text).text("button")
    for _ in range(2):
        await people[who].post(f"{page_of(DRAFT)}/review", data={"do": "withdraw"})
    assert "Ask for review" in Page((await people[who].get(page_of(DRAFT))).text).text("button")
    assert audited(engine)[-1] == (who, "campaign.review.withdraw")


async def test_the_approver_approves_what_was_on_the_page(
    people: dict[str, httpx.AsyncClient], engine: Engine
) -> None:
    await ask(people["Bruno"])
    with writing(engine) as session:
        row = session.get_one(CampaignReview, DRAFT)
        row.asked_at = NOW + 1
    assert (await approve(people["Anna"])).status_code == 409
    assert running(engine, DRAFT) == ("draft", 3)


async def test_staff_neither_asks_nor_approves(people: dict[str, httpx.AsyncClient], engine: Engine) -> None:
    assert (await ask(people["Carla"])).status_code == 403
    await ask(people["Bruno"])
    assert (await approve(people["Carla"])).status_code == 403
    page = await people["Carla"].get(page_of(DRAFT))
    assert "Bruno asks" in page.text
    assert "Approve" not in page.text
    assert running(engine, DRAFT) == ("draft", 3)


def test_the_chain_wants_it_by_a_setting() -> None:
    assert read_settings({"AISLECUE_REVIEW": "true"}).review
    assert not read_settings({}).review


async def test_the_list_says_what_waits(people: dict[str, httpx.AsyncClient]) -> None:
    assert "In review" not in (await people["Anna"].get("/console/campaigns")).text
    await ask(people["Bruno"])
    assert "In review" in Page((await people["Anna"].get("/console/campaigns")).text).text("td")
