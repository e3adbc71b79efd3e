"""Check-in codes to print: a card a zone, in the store's language and English."""

import httpx
from sqlalchemy import Engine

from store_server.db.session import writing
from store_server.db.tables import PlanRevision
from store_server.web.design.qr import qr_code
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import NOW, PLAN, STORE

PAGE = f"/console/stores/{STORE}/check-in-codes"


async def test_each_zone_with_a_beacon_has_a_card_whose_code_checks_in_there(
    console: httpx.AsyncClient,
) -> None:
    answer = await console.get(PAGE)
    page = Page(answer.text)
    assert page.faults == []
    assert len(page.elements["article"]) == 6
    link = f"http://127.0.0.1/shop/?store={STORE}&zone=shoes"
    assert qr_code(link).path in [one.get("d") for one in page.elements["path"]]
    text = page.text("article")
    assert text.index("Inquadra e guarda") < text.index("Scan, and see what is here for you")
    sheet = next(one["href"] for one in page.elements["link"] if "print-a6" in one["href"])
    assert "@page{size:A6" in (await console.get(sheet)).text


async def test_one_card_in_another_size(console: httpx.AsyncClient) -> None:
    page = Page((await console.get(f"{PAGE}?zone=till&size=A5")).text)
    assert page.text("h2") == "Till"
    assert any("print-a5" in one["href"] for one in page.elements["link"])


async def test_a_zone_without_a_beacon_is_told_and_not_printed(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    text = "".join(line for line in PLAN.splitlines(keepends=True) if "id: FIT-1" not in line)
    with writing(engine) as session:
        session.add(PlanRevision(store=STORE, revision=3, text=text, applied_at=NOW, applied_by="anna"))
    page = Page((await console.get(PAGE)).text)
    assert len(page.elements["article"]) == 5
    assert "Zones without a beacon have no codeFitting rooms" in page.text()
