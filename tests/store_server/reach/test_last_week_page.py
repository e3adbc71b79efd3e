from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from campaigns.document import read_campaign
from protocol.instants import HOUR
from protocol.plan import read_plan
from store_server.db.session import reading, writing
from store_server.db.tables import CampaignRevision
from store_server.reach.count import Reach, reach
from store_server.reach.kept import (
    GIVEN_UP_AFTER_MS,
    keep_begun,
    keep_end,
    keep_part,
    kept_count,
    read_found,
)
from store_server.web.console.campaigns.counting import REMEMBERED, Count, Counting
from store_server.web.console.router import console_router
from tests.store_server.reach.sample import CANDIDATE, NOW, RUNNING
from tests.store_server.shop import PLAN, revision
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.still_clock import StillClock

DRAFT = "/console/campaigns/socks/last-week"


@pytest.fixture
def clock() -> StillClock:
    return StillClock(NOW)


@pytest.fixture
async def console(week: Engine, clock: StillClock) -> AsyncIterator[httpx.AsyncClient]:
    with writing(week) as session:
        session.add(revision(CANDIDATE, 1))
    app = FastAPI()
    app.include_router(console_router(week, clock))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


def counted(week: Engine) -> Reach:
    plan, others = read_plan(PLAN, "plan"), [read_campaign(one, "one") for one in RUNNING]
    with reading(week) as session:
        return reach(session, [plan], read_campaign(CANDIDATE, "socks"), others, NOW, lambda _: None)


async def test_first_a_skeleton_that_asks_again_then_the_counts(
    console: httpx.AsyncClient, week: Engine
) -> None:
    first = await console.get(DRAFT)
    assert first.headers["refresh"] == "2"
    assert "progress" in Page(first.text).elements
    assert "script" not in Page(first.text).elements
    second = await console.get(DRAFT)
    assert "refresh" not in second.headers
    page, found = Page(second.text), counted(week)
    assert page.faults == []
    figures = dict.fromkeys(("send", "ghost", "inbox", "suppressed"), 0)
    for (outcome, _), number in found.counts.items():
        figures[outcome] += number
    shown = page.text("b")
    assert shown.startswith("".join(map(str, figures.values())))
    assert "Since" in page.text("p")
    for one in found.displaced:
        assert f"{one.inbox_without} → {one.inbox_with}" in page.text("td")


async def test_a_document_not_yet_saved_is_counted_too(console: httpx.AsyncClient, week: Engine) -> None:
    unsaved = CANDIDATE.replace("id: socks", "id: new-one")
    sent = await console.post("/console/last-week", data={"text": unsaved})
    assert sent.status_code == 303
    page = Page((await console.get(sent.headers["location"])).text)
    assert "What would have come of it" in page.text("h2")
    again = await console.post("/console/last-week", data={"text": unsaved})
    assert again.headers["location"] == sent.headers["location"]
    with reading(week) as session:
        assert session.get(CampaignRevision, ("new-one", 1)) is None


@pytest.mark.parametrize(
    "text", ["", "version: 1", CANDIDATE.replace("id: socks", "id: x").replace("on: enter", "on: x")]
)
async def test_a_document_that_does_not_read_says_where(console: httpx.AsyncClient, text: str) -> None:
    refused = await console.post("/console/last-week", data={"text": text})
    assert refused.status_code == 422
    assert "expected" in refused.text


async def test_what_is_not_there_is_not_counted(console: httpx.AsyncClient) -> None:
    assert (await console.get("/console/campaigns/nothing/last-week")).status_code == 404
    assert (await console.get(f"/console/last-week/{'0' * 64}")).status_code == 404


async def test_a_result_is_shown_for_an_hour_and_until_something_else_runs(
    console: httpx.AsyncClient, week: Engine, clock: StillClock
) -> None:
    await console.get(DRAFT)
    await clock.move(HOUR - 1)
    assert "refresh" not in (await console.get(DRAFT)).headers
    await clock.move(1)
    assert (await console.get(DRAFT)).headers["refresh"] == "2"
    assert "refresh" not in (await console.get(DRAFT)).headers
    with writing(week) as session:
        session.add(revision(RUNNING[0].replace("after_s: 90", "after_s: 30"), 2))
    assert (await console.get(DRAFT)).headers["refresh"] == "2"


def test_few_wait_at_a_time_and_few_are_remembered(week: Engine, clock: StillClock) -> None:
    counting = Counting(week, clock)
    waiting = [Count("not a campaign", (), (), NOW) for _ in range(6)]
    begun = [counting.begin(str(k), one) for k, one in enumerate(waiting)]
    assert begun == [True] * 4 + [False] * 2
    for one in waiting[:4]:
        counting.run(one, None)
        assert one.failed
    for number in range(REMEMBERED):
        one = Count("not a campaign", (), (), NOW)
        assert counting.begin(f"n{number}", one)
        counting.run(one, None)
    assert counting.look(f"n{REMEMBERED - 1}") is counting.look(f"n{REMEMBERED - 1}")
    forgotten = counting.look("0")
    assert forgotten is not None, "its row is still there"
    assert forgotten.failed
    assert counting.begin("n5", Count("again", (), (), NOW)), "what failed may be tried again"


async def test_another_process_shows_what_this_one_counted(
    console: httpx.AsyncClient, week: Engine, clock: StillClock
) -> None:
    await console.get(DRAFT)
    here = (await console.get(DRAFT)).text
    elsewhere = FastAPI()
    elsewhere.include_router(console_router(week, clock))
    transport = httpx.ASGITransport(app=elsewhere)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as other:
        answer = await other.get(DRAFT)
        assert "refresh" not in answer.headers
        assert answer.text == here
        unsaved = {"text": CANDIDATE.replace("id: socks", "id: new-one")}
        sent = await console.post("/console/last-week", data=unsaved)
        assert (await other.get(sent.headers["location"])).status_code == 200


def test_a_count_under_way_elsewhere_is_followed_and_given_up_where_its_process_died(
    week: Engine, clock: StillClock
) -> None:
    here, there = Counting(week, clock), Counting(week, clock)
    assert here.begin("k", Count(CANDIDATE, (), (), NOW))
    with writing(week) as session:
        keep_part(session, "k", 0.4)
    seen = there.look("k")
    assert seen is not None
    assert (seen.part, seen.ended) == (0.4, False)
    assert there.is_fresh("k", NOW)
    died = Counting(week, StillClock(NOW + GIVEN_UP_AFTER_MS))
    assert not died.is_fresh("k", NOW + GIVEN_UP_AFTER_MS)
    assert died.begin("k", Count(CANDIDATE, (), (), NOW + GIVEN_UP_AFTER_MS))


def test_a_result_is_kept_as_it_was_counted(week: Engine) -> None:
    found = counted(week)
    with writing(week) as session:
        keep_begun(session, "k", CANDIDATE, NOW)
        keep_end(session, "k", found)
    with reading(week) as session:
        row = kept_count(session, "k", NOW)
        assert row is not None
        assert row.found is not None
        assert read_found(row.found) == found
