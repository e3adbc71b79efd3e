"""A gateway's page: what its last heartbeat said, and what it hears."""

import httpx
import pytest
from sqlalchemy import Engine

from store_server.db.session import writing
from store_server.db.tables import Gateway
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import STORE

PAGE = f"/console/fleet/{STORE}"


async def text(console: httpx.AsyncClient, gateway: str) -> str:
    page = Page((await console.get(f"{PAGE}/{gateway}")).text)
    assert page.faults == []
    return page.text("main")


async def test_vitals_healing_and_faults_are_told(console: httpx.AsyncClient, engine: Engine) -> None:
    step = {"at": "2026-11-21T14:31:00Z", "adapter": "hci0", "step": "power-cycle", "reason": "deaf for 30 s"}
    with writing(engine) as session:
        row = session.get_one(Gateway, (STORE, "gw-running"))
        more = {"cpu_pct": 4.5, "temperature_c": 51.2, "disk_free_mb": 2048.0, "steps": [step]}
        more["adapters"] = [{"scan_path": "both", "path_rates": {"both": 3000.0, "active": 290.0}}]
        row.health = {**(row.health or {}), **more, "faults": {"broker": "<b>refused</b>"}}
    said = await text(console, "gw-running")
    for one in (
        "1875",
        "active and passive together 3000, active 290",
        "in step",
        "4.5 %",
        "51 °C",
        "2048 MB",
        "0.1.0",
        "power-cycle",
        "deaf for 30 s",
    ):
        assert one in said, one
    assert "<b>refused</b>" in said


async def test_what_it_hears_and_what_not_any_more(console: httpx.AsyncClient) -> None:
    said = await text(console, "gw-jackets")
    assert said.index("JACK-1") < said.index("JACK-2")
    assert "Not any more" in said
    assert "RUN-1" not in said


async def test_a_silent_gateway_says_since_when(console: httpx.AsyncClient) -> None:
    assert "Silent since 14:02 CET" in await text(console, "gw-shoes")


@pytest.mark.parametrize(
    ("language", "said", "path"),
    [
        ("en", "Last said, 14:02 CET", "active and passive together"),
        ("it", "Ultimi dati, 14:02 CET", "attivo e passivo insieme"),
    ],
)
async def test_figures_of_a_silent_gateway_are_those_of_then(
    console: httpx.AsyncClient, language: str, said: str, path: str
) -> None:
    reader = {"accept-language": language}
    for address, quiet in ((f"{PAGE}/gw-shoes", "facts quiet"), ("/console/fleet?state=silent", "quiet")):
        page = Page((await console.get(address, headers=reader)).text)
        assert said in page.text("main")
        assert quiet in [one.get("class") for tag in ("dl", "td") for one in page.elements[tag]]
    for address in (f"{PAGE}/gw-running", "/console/fleet?state=online"):
        assert said[:8] not in Page((await console.get(address, headers=reader)).text).text("main")
    assert path in Page((await console.get(f"{PAGE}/gw-shoes", headers=reader)).text).text("dl")


async def test_a_planned_gateway_never_heard_of_is_shown_empty(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    with writing(engine) as session:
        session.delete(session.get_one(Gateway, (STORE, "gw-entrance")))
    said = await text(console, "gw-entrance")
    assert "No heartbeat yet" in said
    assert "Never heard" in said


@pytest.mark.parametrize("path", [f"{PAGE}/nobody", "/console/fleet/nowhere/gw-shoes"])
async def test_what_is_not_planned_is_not_here(console: httpx.AsyncClient, path: str) -> None:
    assert (await console.get(path)).status_code == 404


async def test_the_fleet_list_leads_there(console: httpx.AsyncClient) -> None:
    page = Page((await console.get("/console/fleet")).text)
    assert f"{PAGE}/gw-shoes" in [one.get("href") for one in page.elements["a"]]
