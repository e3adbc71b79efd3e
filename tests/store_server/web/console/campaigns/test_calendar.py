import httpx
import pytest
from sqlalchemy import Engine

from store_server.db.session import writing
from store_server.db.tables import CampaignRevision
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import CAMPAIGNS, NOW

PAGE = "/console/campaigns/shoes-help/calendar"


@pytest.fixture
def rival(engine: Engine) -> None:
    """Let another campaign speak in the same zone on Saturdays, before the one whose page this is."""
    text = (
        CAMPAIGNS["shoes-help"]
        .replace("id: shoes-help", "id: shoes-sale")
        .replace("Shoes: help choosing", "Shoes: sale")
        .replace("days: [mon, tue, wed, thu, fri, sat]", "days: [sat, sun]")
        .replace('"15:00-19:30"', '"22:00-02:00"')
        .replace("priority: 80", "priority: 90")
    )
    with writing(engine) as session:
        session.add(
            CampaignRevision(campaign="shoes-sale", revision=1, text=text, applied_at=NOW, applied_by="anna")
        )


@pytest.mark.usefixtures("rival")
async def test_the_week_shows_who_is_in_the_way_and_who_goes_first(console: httpx.AsyncClient) -> None:
    page = Page((await console.get(PAGE)).text)
    assert page.faults == []
    assert "Mon 16 Nov" in page.text("th")
    assert "Sun 22 Nov" in page.text("th")
    assert "10:00–13:00" in page.text("td")
    assert "22:00–24:00" in page.text("td"), "a span over midnight is cut where the day ends"
    assert "00:00–02:00" in page.text("td")
    assert "goes before this one" in page.text("th")
    assert page.text("td").count("meets this one") == 1, "on Saturday morning alone"
    weaker = Page((await console.get("/console/campaigns/shoes-sale/calendar")).text)
    assert "comes after this one" in weaker.text("th")


async def test_a_campaign_alone_has_nobody_in_its_way(console: httpx.AsyncClient) -> None:
    page = Page((await console.get(PAGE)).text)
    assert "Nobody is in its way" in page.text()
    assert "Calendar" in Page((await console.get("/console/campaigns/shoes-help")).text).text("a")


@pytest.mark.parametrize(
    ("week", "said"),
    [("2026-12-24", "Mon 21 Dec"), ("2027-01-01", "Mon 28 Dec"), ("2026-11-16", "Mon 16 Nov")],
)
async def test_any_day_names_its_week(console: httpx.AsyncClient, week: str, said: str) -> None:
    assert said in Page((await console.get(f"{PAGE}?week={week}")).text).text("th")


@pytest.mark.parametrize("week", ["soon", "2026-02-30", "9999-12-31", "0001-01-01"])
async def test_odd_weeks_are_refused(console: httpx.AsyncClient, week: str) -> None:
    assert (await console.get(f"{PAGE}?week={week}")).status_code == 422
    assert (await console.get("/console/campaigns/nothing/calendar")).status_code == 404
