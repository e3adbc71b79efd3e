import re

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from store_server.db.session import writing
from store_server.db.tables import CampaignRevision, DecisionRow, FleetLook, PlanRevision
from store_server.fleet.alerts import Alerts
from store_server.fleet.kept import LATE_AFTER_MS
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import CAMPAIGNS, NOW, PLAN, STORE

PAGES = (
    f"/console/stores/{STORE}",
    "/console/fleet",
    "/console/fleet?show=beacons",
    "/console/fleet/milan-duomo/gw-shoes",
    "/console/alerts",
    "/console/campaigns",
    "/console/campaigns/shoes-help",
    "/console/campaigns/goodbye",
    "/console/campaigns/shoes-help/revisions",
    "/console/campaigns/shoes-help/compare?a=3&b=3",
    "/console/why",
    "/console/decisions/59",
    "/console/decisions/60",
    "/console/design",
    "/console/stores/nowhere",
    "/console/nowhere",
)
HOSTILE = "<script>alert(1)</script> \"'\N{PILE OF POO} \N{HEBREW LETTER ALEF}\N{HEBREW LETTER BET}\N{RIGHT-TO-LEFT OVERRIDE}"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")


@pytest.mark.parametrize("language", ["en", "it"])
@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_whole_and_accessible(
    console: httpx.AsyncClient, path: str, language: str
) -> None:
    response = await console.get(path, headers={"accept-language": language})
    page = Page(response.text)
    assert response.status_code == (404 if path.endswith("nowhere") else 200)
    assert page.faults == []
    assert page.elements["html"][0]["lang"] == language
    assert len(page.elements["h1"]) == 1
    assert page.text("h1")
    assert page.text("head").endswith("AisleCue")
    ids = [one["id"] for found in page.elements.values() for one in found if "id" in one]
    assert len(ids) == len(set(ids))
    labelled = {one["for"] for one in page.elements["label"]}
    inputs = [one for one in page.elements["input"] if one.get("type") != "hidden"]
    assert {one["id"] for one in [*inputs, *page.elements["select"]]} <= labelled


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_asks_for_anything_elsewhere(console: httpx.AsyncClient, path: str) -> None:
    response = await console.get(path)
    page = Page(response.text)
    for elements in page.elements.values():
        for one in elements:
            for name in ("src", "href", "action", "data-stream"):
                assert one.get(name, "/").startswith(("/console", "#", "/")), one
                assert not one.get(name, "/").startswith("//"), one
            assert not {"style", "onclick", "onload"} & one.keys()
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert all("src" in one for one in page.elements["script"])


@pytest.mark.parametrize("path", PAGES)
async def test_pages_show_no_uuid_and_no_whole_pseudonym_but_in_links(
    console: httpx.AsyncClient, path: str
) -> None:
    text = Page((await console.get(path)).text).text()
    assert not UUID.search(text)
    assert "5b1f9c" not in text


async def test_hostile_names_stay_text(console: httpx.AsyncClient, engine: Engine) -> None:
    escaped = HOSTILE.replace("\\", "").replace('"', '\\"')
    with writing(engine) as session:
        plan = PLAN.replace("name: Shoes", f'name: "{escaped}"').replace(
            "name: Milano Duomo", f'name: "{escaped}"'
        )
        text = (
            CAMPAIGNS["shoes-help"]
            .replace("Shoes: help choosing", escaped)
            .replace("Need a hand choosing?", escaped)
        )
        session.add(PlanRevision(store=STORE, revision=9, text=plan, applied_at=0, applied_by="x"))
        session.add(
            CampaignRevision(campaign="shoes-help", revision=9, text=text, applied_at=0, applied_by="x")
        )
        for row in session.exec(select(DecisionRow)):
            row.title = HOSTILE if row.channel else None
    for path in PAGES:
        response = await console.get(path)
        page = Page(response.text)
        assert page.faults == [], path
        assert "alert(1)" not in page.text("script"), path
    assert HOSTILE in "".join(Page((await console.get(f"/console/stores/{STORE}")).text).texts["h1"])


async def test_the_live_page_names_the_cause_the_counts_and_the_zone_of_its_times(
    console: httpx.AsyncClient,
) -> None:
    page = Page((await console.get(f"/console/stores/{STORE}")).text)
    text = page.text()
    assert "Gateway gw-shoes silent since 14:02" in text
    assert "1 campaign cannot fire: Shoes: help choosing" in text
    assert "Europe/Rome (CET)" in text
    assert "Silent because no gateway of the zone heard the beacon" in text
    assert "16 shoppers on the floor, 2 tags" in text
    counts = [one["href"] for one in page.elements["a"] if one.get("class", "").startswith("count")]
    assert f"/console/why?store={STORE}&outcome=send&day=today" in counts


async def test_one_store_is_opened_at_once_and_none_is_explained(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    assert (await console.get("/console")).headers["location"] == f"/console/stores/{STORE}"
    with writing(engine) as session:
        for plan in session.exec(select(PlanRevision)):
            session.delete(plan)
    assert "No store yet" in Page((await console.get("/console")).text).text()


async def test_a_store_called_like_a_page_of_ours_has_its_own(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    text = PLAN.replace("milan-duomo", "fleet").replace("Milano Duomo", "The Fleet")
    text = UUID.sub("9a1e0b8f-2d10-", text)
    with writing(engine) as session:
        session.add(PlanRevision(store="fleet", revision=1, text=text, applied_at=0, applied_by="x"))
    listed = Page((await console.get("/console/stores")).text)
    assert "/console/stores/fleet" in [one.get("href") for one in listed.elements["a"]]
    assert "The Fleet" in Page((await console.get("/console/stores/fleet")).text).text("h1")
    assert "Gateways" in Page((await console.get("/console/fleet")).text).text("caption")


async def test_fleet_filters_live_in_the_address(console: httpx.AsyncClient) -> None:
    page = Page((await console.get("/console/fleet?state=silent")).text)
    assert "gw-shoes" in page.text("tbody")
    assert "gw-entrance" not in page.text("tbody")
    chosen = [one["value"] for one in page.elements["option"] if "selected" in one]
    assert chosen == ["", "silent"]
    beacons = Page((await console.get("/console/fleet?show=beacons&state=silent")).text).text("tbody")
    assert "JACK-2" in beacons
    assert "SHOES-1" not in beacons


async def test_a_long_list_is_turned_leaf_by_leaf_with_its_filters(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    more = "\n".join(
        f"  - {{id: MORE-{k:03d}, zone: shoes, uuid: 8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10, major: 9, minor: {k}, position: [30, 14, 2]}}"
        for k in range(120)
    )
    with writing(engine) as session:
        text = PLAN.replace("tags:", f"{more}\ntags:")
        session.add(PlanRevision(store=STORE, revision=9, text=text, applied_at=0, applied_by="x"))
    await Alerts(engine, None).look(NOW)
    page = Page((await console.get("/console/fleet?show=beacons&text=more&page=2")).text)
    assert "51 to 100 of 120" in page.text("nav")
    assert page.text("tbody").startswith("MORE-050")
    leaves = {one["rel"]: one["href"] for one in page.elements["a"] if "rel" in one}
    assert leaves == {
        "prev": "/console/fleet?show=beacons&text=more",
        "next": "/console/fleet?show=beacons&text=more&page=3",
    }
    beyond = Page((await console.get("/console/fleet?show=beacons&text=more&page=99")).text)
    assert "101 to 120 of 120" in beyond.text("nav")
    assert (await console.get("/console/fleet?page=-1")).status_code == 200


@pytest.mark.parametrize("path", ["/console/fleet", "/console/campaigns", "/console/campaigns/shoes-help"])
async def test_a_judgement_that_is_old_or_was_never_made_is_said(
    console: httpx.AsyncClient, engine: Engine, path: str
) -> None:
    fresh = Page((await console.get(path)).text).text()
    assert "As of 15:32:20 CET" in fresh or "campaigns/" in path
    assert "The fleet was last judged at" not in fresh
    with writing(engine) as session:
        session.get_one(FleetLook, "fleet").at = NOW - LATE_AFTER_MS
    assert "The fleet was last judged at 15:31:35 CET" in Page((await console.get(path)).text).text()
    with writing(engine) as session:
        session.delete(session.get_one(FleetLook, "fleet"))
    assert "The fleet has not been judged yet" in Page((await console.get(path)).text).text()


async def test_stores_are_listed_with_what_is_wrong_and_found(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    text = PLAN.replace("milan-duomo", "turin").replace("Milano Duomo", "Torino")
    text = UUID.sub("9a1e0b8f-2d10-", text)
    with writing(engine) as session:
        session.add(PlanRevision(store="turin", revision=1, text=text, applied_at=0, applied_by="x"))
    before = Page((await console.get("/console/stores")).text).text("tbody")
    assert "Milano Duomo" in before
    assert "Torino –––" in before
    await Alerts(engine, None).look(NOW)
    stopped = Page((await console.get("/console/stores?state=stopped")).text).text("tbody")
    assert "1 campaign" in stopped
    assert "Torino" in Page((await console.get("/console/stores?text=TOR")).text).text("tbody")
    assert "No store matches" in Page((await console.get("/console/stores?text=rome")).text).text()


async def test_a_decision_is_explained_by_its_steps_and_facts(console: httpx.AsyncClient) -> None:
    text = Page((await console.get("/console/decisions/59")).text).text()
    assert "Someone stayed near Shoes at 15:31:28. “Shoes: help choosing” was considered." in text
    assert "No gateway of the zone heard the beacon – stopped here" in text
    assert "It is not quiet hours – not reached" in text
    assert "Interrupting messages allowed a day2" in text


async def test_a_withdrawn_message_is_told_as_withdrawn(console: httpx.AsyncClient) -> None:
    text = Page((await console.get("/console/decisions/41")).text).text()
    assert "Withdrawn: the shopper left before it went out" in text


async def test_preferences_are_kept_and_lead_nowhere_else(console: httpx.AsyncClient) -> None:
    answer = await console.post(
        "/console/preferences", data={"lang": "it", "theme": "dark", "back": "//evil.example/console"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    page = Page((await console.get("/console/fleet")).text)
    assert page.elements["html"][0] == {"lang": "it", "data-theme": "dark"}
    assert "Impianto" in page.text("h1")


async def test_preferences_refuse_what_no_form_of_ours_sends(console: httpx.AsyncClient) -> None:
    assert (await console.post("/console/preferences", content=b"x" * 20_000)).status_code == 413
    assert (await console.post("/console/preferences", content=b"\xff\xfe=1")).status_code == 422


async def test_assets_may_be_kept_for_ever_and_carry_their_hash(console: httpx.AsyncClient) -> None:
    page = Page((await console.get("/console/fleet")).text)
    sheet = next(one["href"] for one in page.elements["link"] if one["rel"] == "stylesheet")
    answer = await console.get(sheet)
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    assert (await console.get("/console/assets/console-0000000000.css")).status_code == 404


async def test_the_list_says_when_a_campaign_opens_or_closes_next(console: httpx.AsyncClient) -> None:
    cells = Page((await console.get("/console/campaigns")).text).text("td")
    assert "open until 19:30" in cells, "shoes-help, on a Saturday at 15:32"
    assert "open until Mon 00:00" in cells, "running-fit, at weekends"
    italian = Page(
        (await console.get("/console/campaigns?text=shoes", headers={"accept-language": "it"})).text
    )
    assert "aperta fino a 19:30" in italian.text("td")
