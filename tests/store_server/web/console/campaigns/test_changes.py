import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from campaigns.document import read_campaign
from store_server.applying import running_campaigns
from store_server.db.session import reading, writing
from store_server.db.tables import Audit
from store_server.web.console.accounts.accounts import add_account
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import CAMPAIGNS, NOW

PAGE = "/console/campaigns/shoes-help"


def status(engine: Engine, campaign: str = "shoes-help") -> tuple[str, int]:
    with reading(engine) as session:
        kept = running_campaigns(session)[campaign]
    return read_campaign(kept.text, campaign).status, kept.revision


async def tap(console: httpx.AsyncClient, wanted: str, revision: int) -> int:
    return (
        await console.post(f"{PAGE}/status", data={"status": wanted, "revision": str(revision)})
    ).status_code


async def bring(console: httpx.AsyncClient, text: str, do: str = "check") -> httpx.Response:
    return await console.post("/console/campaigns/import", data={"text": text, "do": do})


async def test_a_campaign_is_paused_in_one_tap_and_set_live_again(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    page = Page((await console.get(PAGE)).text)
    assert {"class": "button first", "name": "status", "value": "paused"} in page.elements["button"]
    assert await tap(console, "paused", 3) == 303
    assert status(engine) == ("paused", 4)
    assert await tap(console, "paused", 3) == 303, "tapped twice"
    assert await tap(console, "live", 4) == 303
    assert status(engine) == ("live", 5)
    with reading(engine) as session:
        kept = running_campaigns(session)["shoes-help"].text
        actors = {one.actor for one in session.exec(select(Audit))}
    assert kept == CAMPAIGNS["shoes-help"], "nothing but the status was touched"
    assert actors == {"this machine"}


@pytest.mark.parametrize(
    ("wanted", "revision", "answer"),
    [("paused", "2", 409), ("ended", "3", 422), ("paused", "x", 422), ("paused", "²", 422)],
)
async def test_a_tap_on_an_old_page_or_an_odd_form_changes_nothing(
    console: httpx.AsyncClient, engine: Engine, wanted: str, revision: str, answer: int
) -> None:
    refused = await console.post(f"{PAGE}/status", data={"status": wanted, "revision": revision})
    assert refused.status_code == answer
    assert status(engine) == ("live", 3)


async def test_a_draft_does_not_go_live_by_a_tap(console: httpx.AsyncClient, engine: Engine) -> None:
    draft = "/console/campaigns/goodbye"
    assert "Go live" not in (await console.get(draft)).text
    assert (
        await console.post(f"{draft}/status", data={"status": "live", "revision": "3"})
    ).status_code == 409
    assert (
        await console.post("/console/campaigns/nothing/status", data={"status": "live", "revision": "3"})
    ).status_code == 404
    assert status(engine, "goodbye") == ("draft", 3)


@pytest.mark.parametrize("line", ["status: live", 'status: "live"', "status:   live   # since Monday"])
async def test_the_status_is_changed_where_it_stands(
    console: httpx.AsyncClient, engine: Engine, line: str
) -> None:
    await bring(console, CAMPAIGNS["shoes-help"].replace("status: live", line) + "# end\n", "apply")
    assert await tap(console, "paused", 4) == 303
    assert status(engine)[0] == "paused"


async def test_an_import_shows_the_difference_before_it_changes_anything(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    export = await console.get(f"{PAGE}/export")
    assert export.text.startswith("# aislecue: revision 3\n")
    changed = export.text.replace("Need a hand choosing?", "May we help?")
    shown = await bring(console, changed)
    assert shown.status_code == 200
    assert "May we help?" in Page(shown.text).text("pre")
    assert status(engine) == ("live", 3)
    applied = await bring(console, changed, "apply")
    assert (applied.status_code, applied.headers["location"]) == (303, PAGE)
    assert status(engine) == ("live", 4)
    assert "May we help?" in (await console.get(PAGE)).text


async def test_two_editors_the_second_sees_that_it_changed_and_loses_nothing(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    export = (await console.get(f"{PAGE}/export")).text
    await bring(console, export.replace("priority: 80", "priority: 70"), "apply")
    mine = export.replace("priority: 80", "priority: 10")
    refused = await bring(console, mine, "apply")
    page = Page(refused.text)
    assert refused.status_code == 422
    assert "a file based on revision 4" in page.text()
    assert "priority: 10" in page.text("textarea")
    assert status(engine) == ("live", 4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CAMPAIGNS["shoes-help"].replace("on: dwell", "on: linger"), "Line 6: expected"),
        ("", "1 problem"),
        ("<script>alert(1)</script>", "problem"),
        (
            CAMPAIGNS["shoes-help"]
            .replace("after_s: 90", "after_s: soon")
            .replace("priority: 80", "priority: 800"),
            "2 problems",
        ),
    ],
)
async def test_problems_stand_beside_the_text_and_the_text_stays(
    console: httpx.AsyncClient, text: str, said: str
) -> None:
    answer = await bring(console, text, "apply")
    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.faults == []
    assert said in page.text()
    assert text.strip() in "".join(page.texts["textarea"])
    assert page.elements["textarea"][0]["aria-invalid"] == "true"


async def test_what_runs_already_needs_no_applying(console: httpx.AsyncClient) -> None:
    assert "nothing to apply" in (await bring(console, CAMPAIGNS["shoes-help"])).text
    form = await console.get("/console/campaigns/import?campaign=shoes-help")
    assert "after_s: 90" in Page(form.text).text("textarea")


async def test_staff_reads_and_does_not_change(console: httpx.AsyncClient, engine: Engine) -> None:
    with writing(engine) as session:
        add_account(session, "Anna", "four words of mine", "owner", NOW)
        add_account(session, "Bruno", "four words of mine", "staff", NOW)
    await console.post("/console/sign-in", data={"name": "Bruno", "password": "four words of mine"})
    page = await console.get(PAGE)
    assert page.status_code == 200
    assert "Pause" not in page.text
    assert await tap(console, "paused", 3) == 403
    assert (await bring(console, "x")).status_code == 403
    assert status(engine) == ("live", 3)
