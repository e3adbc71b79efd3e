"""Half-filled forms of the editor: kept as one types, over restarts and processes, each person's own, gone once saved."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import select

from protocol.instants import DAY, MINUTE
from store_server.applying import File, apply_campaigns
from store_server.db.session import open_database, reading, writing
from store_server.db.tables import FormDraft
from store_server.privacy.retention import sweep
from store_server.web.console.accounts.accounts import add_account, remove_account
from store_server.web.console.router import console_router
from tests.store_server.web.console.editor.test_editor import EDIT, NEW, opened, revisions, send
from tests.store_server.web.console.filling import FilledForm
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import CAMPAIGNS, NOW
from tests.store_server.web.console.still_clock import StillClock

PASSWORD = "four words of mine"
OFFER = "You have unsaved changes from 15:32 CET"
TITLE = "message.0.title"


def drafts(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as session:
        rows = session.exec(select(FormDraft).order_by(FormDraft.account, FormDraft.subject))
        return [(row.account, row.subject) for row in rows]


async def text(console: httpx.AsyncClient, address: str = EDIT) -> str:
    return Page((await console.get(address)).text).text()


def typed(answer: httpx.Response) -> dict[str, str]:
    return dict(FilledForm(answer.text).pairs)


@asynccontextmanager
async def server(database: Path, clock: StillClock) -> AsyncIterator[httpx.AsyncClient]:
    """Run a console of its own on the database, as a server process does from its start to its end."""
    engine, app = open_database(database), FastAPI()
    app.include_router(console_router(engine, clock))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client
    engine.dispose()


@pytest.fixture
def people(engine: Engine) -> None:
    with writing(engine) as session:
        for name in ("Anna", "Bruno"):
            add_account(session, name, PASSWORD, "owner", NOW)


async def sign_in(console: httpx.AsyncClient, name: str) -> None:
    await console.post("/console/sign-in", data={"name": name, "password": PASSWORD})


async def test_what_is_half_filled_outlives_a_restart_and_is_taken_up_at_another_process(
    engine: Engine, tmp_path: Path, people: None
) -> None:
    database, clock = tmp_path / "aislecue.db", StillClock(NOW)
    async with server(database, clock) as first:
        await sign_in(first, "Anna")
        half = {TITLE: "Half a ti", "limits.per_visit": "soon", "priority": "7"}
        kept = await send(first, await opened(first), half, "show")
        assert "Not saved yet; kept for you." in Page(kept.text).text()
        cookies = dict(first.cookies)
    await clock.move(20 * MINUTE)
    async with server(database, clock) as second:
        second.cookies.update(cookies)
        back = await second.get(EDIT)
        assert OFFER in Page(back.text).text()
        assert typed(back)[TITLE] == "Need a hand choosing?", "what runs, until the person chooses"
        taken = await send(second, FilledForm(back.text), {}, "take-up")
        assert {name: typed(taken)[name] for name in half} == half
        assert OFFER not in Page(taken.text).text()
        saved = await send(second, FilledForm(taken.text), {"limits.per_visit": "2", TITLE: "Whole"})
        assert saved.status_code == 303
        assert OFFER not in await text(second)
    assert drafts(engine) == []
    assert revisions(engine) == [3, 4]


async def test_each_of_two_editors_has_their_own(
    console: httpx.AsyncClient, engine: Engine, people: None
) -> None:
    for name in ("Anna", "Bruno"):
        await sign_in(console, name)
        assert OFFER not in await text(console)
        await send(console, await opened(console), {TITLE: f"Of {name}"}, "show")
    assert drafts(engine) == [("Anna", "shoes-help"), ("Bruno", "shoes-help")]
    taken = await send(console, await opened(console), {}, "take-up")
    assert typed(taken)[TITLE] == "Of Bruno"
    with writing(engine) as session:
        remove_account(session, "Bruno", "Anna", NOW)
    assert drafts(engine) == [("Anna", "shoes-help")], "gone with the account"


async def test_nothing_takes_the_place_of_what_waits_until_its_person_chooses(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    await send(console, await opened(console), {TITLE: "The older one"}, "show")
    form = await opened(console)
    shown = await send(console, form, {TITLE: "Typed beside it"}, "show")
    assert OFFER in Page(shown.text).text()
    assert typed(shown)[TITLE] == "Typed beside it"
    taken = await send(console, FilledForm(shown.text), {}, "take-up")
    assert typed(taken)[TITLE] == "The older one"


async def test_discarded_it_is_gone_and_what_stands_in_the_form_stays(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    await send(console, await opened(console), {TITLE: "The older one"}, "show")
    left = await send(console, await opened(console), {TITLE: "The newer one"}, "discard")
    assert drafts(engine) == []
    assert typed(left)[TITLE] == "The newer one"
    assert OFFER not in Page(left.text).text()
    await send(console, FilledForm(left.text), {}, "show")
    assert typed(await send(console, await opened(console), {}, "take-up"))[TITLE] == "The newer one"


async def test_a_form_as_it_runs_is_no_draft_and_typing_it_back_ends_one(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    form = await opened(console)
    await send(console, form, {}, "show")
    assert drafts(engine) == []
    await send(console, form, {TITLE: "Other"}, "show")
    assert drafts(engine) == [("", "shoes-help")]
    await send(console, form, {}, "show")
    assert drafts(engine) == []


async def test_a_judgement_that_arrives_after_the_save_brings_nothing_back(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    form = await opened(console)
    assert (await send(console, form, {TITLE: "Saved"})).status_code == 303
    await send(console, form, {TITLE: "Saved"}, "show")
    assert drafts(engine) == []


@pytest.mark.parametrize(("do", "status"), [("save", 422), ("last-week", 422)])
async def test_a_submit_that_is_refused_is_kept_too(
    console: httpx.AsyncClient, engine: Engine, do: str, status: int
) -> None:
    refused = await send(console, await opened(console), {TITLE: ""}, do)
    assert refused.status_code == status
    assert drafts(engine) == [("", "shoes-help")]


async def test_counting_last_week_leads_away_and_loses_nothing(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    away = await send(console, await opened(console), {TITLE: "Not saved"}, "last-week")
    assert away.status_code == 303
    assert typed(await send(console, await opened(console), {}, "take-up"))[TITLE] == "Not saved"


async def test_overtaken_it_is_kept_on_the_revision_it_was_typed_on_and_may_be_let_go(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    mine = await opened(console)
    with writing(engine) as session:
        newer = CAMPAIGNS["shoes-help"].replace("priority: 80", "priority: 70")
        apply_campaigns(session, [File("f", newer, 3)], "Bruno", NOW)
    assert (await send(console, mine, {TITLE: "Mine"})).status_code == 409
    taken = await send(console, await opened(console), {}, "take-up")
    assert (typed(taken)["revision"], typed(taken)[TITLE]) == ("3", "Mine")
    again = await send(console, FilledForm(taken.text), {})
    assert again.status_code == 409, "still nothing is overwritten"
    gone = await send(console, FilledForm(again.text), {}, "let-go")
    assert (gone.status_code, gone.headers["location"]) == (303, EDIT)
    assert drafts(engine) == []
    merged = await send(console, mine, {TITLE: "Mine"}, "merge")
    taken = await send(console, await opened(console), {}, "take-up")
    assert typed(taken) == typed(merged)


async def test_a_new_campaign_is_offered_by_its_moment_and_ends_when_it_is_made(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    form = await opened(console, NEW, moment="hesitate")
    half = {"moment.zone": "shoes", "message.0.title": "Half"}
    await send(console, form, half, "show", NEW)
    assert drafts(engine) == [("", "new:hesitate")]
    assert "half-filled, 15:32 CET" in await text(console, NEW)
    assert OFFER not in await text(console, f"{NEW}?moment=arrive")
    back = await opened(console, NEW, moment="hesitate")
    taken = await send(console, back, {}, "take-up", NEW)
    assert {name: typed(taken)[name] for name in half} == half
    assert typed(taken)["name"] == "Hesitate: help in Shoes"
    made = await send(console, FilledForm(taken.text), {"message.0.body": "Words"}, "save", NEW)
    assert made.headers["location"] == "/console/campaigns/hesitate-shoes"
    assert drafts(engine) == []
    again = await opened(console, NEW, moment="hesitate")
    await send(console, again, half, "show", NEW)
    await send(console, await opened(console, NEW, moment="hesitate"), {}, "discard", NEW)
    assert drafts(engine) == []


async def test_a_choice_about_what_is_not_there_any_more_does_no_harm(console: httpx.AsyncClient) -> None:
    for do in ("take-up", "discard"):
        answer = await send(console, await opened(console), {TITLE: "Still here"}, do)
        assert (answer.status_code, typed(answer)[TITLE]) == (200, "Still here")


async def test_after_a_fortnight_it_is_thinned(console: httpx.AsyncClient, engine: Engine) -> None:
    await send(console, await opened(console), {TITLE: "Old"}, "show")
    for later, gone in ((14 * DAY - 1, 0), (14 * DAY, 1)):
        with writing(engine) as session:
            assert sweep(session, NOW + later)["form_draft"] == gone
    assert drafts(engine) == []


async def test_the_offer_is_told_in_italian_and_the_page_is_whole(console: httpx.AsyncClient) -> None:
    await send(console, await opened(console), {TITLE: "Mezzo"}, "show")
    page = Page((await console.get(EDIT, headers={"Accept-Language": "it"})).text)
    assert page.faults == []
    assert "Hai modifiche non salvate delle 15:32 CET" in page.text()
