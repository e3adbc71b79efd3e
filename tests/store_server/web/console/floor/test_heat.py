"""The last hours by zone: counted once, only with consent, and never so few that one could be singled out."""

import httpx
import pytest
from sqlalchemy import Engine

from protocol.instants import HOUR, MINUTE
from protocol.plan import read_plan
from store_server.db.session import reading, writing
from store_server.db.tables import ShopperRow, Sighting
from store_server.web.console.floor.heat import FEWEST, HOURS, LEVELS, heat_of, read_heat
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import NOW, PLAN, STORE, UUID

HOUR_START = NOW - NOW % HOUR
LAST = HOURS - 1


def crowd(zone: str, hour: int, number: int) -> list[tuple[str, int, str]]:
    return [(zone, hour, f"s-{k}") for k in range(number)]


def test_a_cell_of_few_is_not_told_from_an_empty_one() -> None:
    shoes, till = heat_of(["shoes", "till"], [*crowd("shoes", 0, FEWEST), *crowd("till", 0, FEWEST - 1)])
    assert shoes.counts[0] == FEWEST
    assert (till.counts, till.level) == (heat_of(["till"], [])[0].counts, 0)


def test_who_comes_twice_is_counted_once() -> None:
    (shoes,) = heat_of(["shoes"], crowd("shoes", 1, 12) * 3)
    assert shoes.counts[:2] == (None, 12)


def test_the_fullest_zone_has_the_darkest_shade() -> None:
    found = heat_of(["a", "b", "c"], [*crowd("a", 0, 400), *crowd("b", 0, 10), *crowd("b", 1, 10)])
    assert [one.level for one in found] == [LEVELS, 1, 0]


def see(
    engine: Engine, number: int, at: int, *, major: int = 4, minor: int = 41, analytics: bool | None = True
) -> None:
    with writing(engine) as session:
        for k in range(number):
            name = f"h-{major}-{minor}-{analytics}-{k}"
            consent = {"proximity": True} | ({} if analytics is None else {"analytics": analytics})
            session.merge(ShopperRow(id=name, consent=consent, created_at=at, updated_at=at))
            session.add(
                Sighting(
                    shopper=name, id=f"{at}-{k}", at=at, received_at=at, uuid=UUID, major=major, minor=minor,
                    proximity="near", kind="ranged",
                )
            )  # fmt: skip


def shoes(engine: Engine) -> tuple[int | None, ...]:
    with reading(engine) as session:
        heat = read_heat(session, read_plan(PLAN, STORE), HOUR_START)
    return next(one.counts for one in heat if one.zone == "shoes")


def test_whole_hours_of_the_zone_are_counted_and_nothing_else(engine: Engine) -> None:
    see(engine, 12, HOUR_START - 1)
    see(engine, 14, HOUR_START - HOURS * HOUR)
    for at in (HOUR_START, HOUR_START - HOURS * HOUR - 1):
        see(engine, 16, at)
    see(engine, 18, HOUR_START - 2 * HOUR, minor=99)
    see(engine, 18, HOUR_START - 2 * HOUR, major=6, minor=61)
    assert shoes(engine) == (14, None, None, None, None, 12)


@pytest.mark.parametrize("analytics", [False, None])
def test_without_consent_to_analytics_nobody_is_counted(engine: Engine, analytics: bool | None) -> None:
    see(engine, 30, HOUR_START - MINUTE, analytics=analytics)
    assert shoes(engine)[LAST] is None


async def test_the_page_shows_shades_and_a_table(console: httpx.AsyncClient, engine: Engine) -> None:
    see(engine, 12, HOUR_START - MINUTE)
    page = Page((await console.get(f"/console/stores/{STORE}/hours")).text)
    assert page.faults == []
    assert [one["class"] for one in page.elements["g"]].count("zone heat-4") == 2, "the zone and the legend"
    assert {f"zone heat-{level}" for level in range(LEVELS + 1)} <= {
        one["class"] for one in page.elements["g"]
    }
    assert "Shoes" in page.text("tbody")
    assert "12" in page.texts["td"]
    assert "14:00" in page.text("thead")
