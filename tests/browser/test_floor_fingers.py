"""The floor editor by finger alone, on a phone and a tablet: a swipe scrolls, what is chosen is dragged, the plan stays in sight."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser.afternoon import Afternoon
from tests.browser.finger import Point, line, stroke
from tests.browser.looks import Look, open_window
from tests.browser.test_floor_editor import at, plan_of, save, shape
from tests.store_server.web.console.sample import STORE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LOOKS = (Look(360, 740, "light", "en", touch=True), Look(768, 1024, "dark", "en", touch=True))
GATEWAY = (20.0, 5.0)
"""Where gw-entrance hangs."""
FIELDS = (
    "() => [...document.querySelectorAll('[data-field]')].map((one) => [one.name, one.value, one.checked])"
)
SCROLLED = "(before) => Math.abs(scrollY - before) > 40"
IN_SIGHT = """() => {
    const { top, bottom } = document.getElementById("plan").getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
}"""


@pytest_asyncio.fixture(loop_scope="session", params=LOOKS, ids=str)
async def page(
    request: pytest.FixtureRequest, chromium: Browser, afternoon: Afternoon
) -> AsyncIterator[Page]:
    async with open_window(chromium, request.param, afternoon.url) as window:
        await window.add_cookies([afternoon.cookie()])  # type: ignore[list-item]  # its TypedDict is its own
        page = await window.new_page()
        await page.goto(f"/console/stores/{STORE}/plan")
        yield page


async def tap(page: Page, place: Point) -> None:
    await page.touchscreen.tap(*(await at(page, *place)))


async def drag(page: Page, start: Point, end: Point, *, last: str = "touchEnd") -> None:
    await stroke(page, line(await at(page, *start), await at(page, *end)), last)


async def swipe_up(page: Page, place: Point) -> None:
    """Push the page up with a finger that meets it at a place of the floor."""
    x, y = await at(page, *place)
    await stroke(page, line((x, y), (x, y - 150)))


@pytest.mark.parametrize("place", [GATEWAY, (17.0, 18.0), (34.0, 14.0)], ids=["gateway", "beacon", "zone"])
async def test_a_swipe_that_begins_on_the_plan_scrolls_and_moves_nothing(page: Page, place: Point) -> None:
    fields, before = await page.evaluate(FIELDS), await page.evaluate("() => scrollY")
    await swipe_up(page, place)
    await page.wait_for_function(SCROLLED, arg=before)
    assert await page.evaluate(FIELDS) == fields
    assert await page.get_by_role("button", name="Undo", exact=True).is_disabled()


async def test_a_finger_chooses_first_and_then_drags_what_is_chosen(page: Page, afternoon: Afternoon) -> None:
    await tap(page, GATEWAY)
    await page.get_by_role("group", name="What is chosen").get_by_text("gw-entrance", exact=True).wait_for()
    before = await page.evaluate("() => scrollY")
    await drag(page, GATEWAY, (24, 7))
    assert await page.evaluate("() => scrollY") == before
    await page.get_by_role("button", name="Save", exact=True).tap()  # at once: no gliding page swallows it
    await page.get_by_text("Saved. The store works with it from now on.").wait_for()
    moved = next(one for one in plan_of(afternoon).gateways if one.id == "gw-entrance").position
    assert moved is not None
    assert abs(moved[0] - 24) < 0.6
    assert abs(moved[1] - 7) < 0.6


async def test_a_corner_and_a_new_one_are_dragged_by_finger(page: Page, afternoon: Afternoon) -> None:
    await tap(page, (36, 2))
    await drag(page, (40, 7), (40, 9))
    await drag(page, (34.5, 0), (34.5, 2))
    await save(page)
    till = next(zone for zone in plan_of(afternoon).zones if zone.id == "till")
    assert len(till.polygon) == 5
    assert max(y for _, y in till.polygon) > 8


async def test_a_pointer_that_is_taken_away_undoes_what_it_moved(page: Page) -> None:
    await tap(page, GATEWAY)
    fields = await page.evaluate(FIELDS)
    await drag(page, GATEWAY, (24, 7), last="touchCancel")
    await page.get_by_role("button", name="Undo", exact=True).and_(page.locator(":disabled")).wait_for()
    assert await page.evaluate(FIELDS) == fields


async def test_a_zone_is_drawn_and_named_with_the_plan_in_sight(page: Page, afternoon: Afternoon) -> None:
    await page.get_by_role("button", name="Add zone", exact=True).tap()
    await drag(page, (12, 8), (26, 11))
    await page.keyboard.insert_text("Windows")
    assert await page.evaluate(IN_SIGHT)
    await shape(page, "Zone Windows").wait_for()
    await save(page)
    assert plan_of(afternoon).zones[-1].id == "windows"


async def test_a_name_typed_under_the_plan_is_undone_as_one_change(page: Page) -> None:
    await tap(page, (34, 14))
    name = page.get_by_role("group", name="What is chosen").get_by_label("Name", exact=True)
    await name.fill("Boots and shoes")
    await tap(page, GATEWAY)
    assert await shape(page, "Zone Boots and shoes").count() == 1
    await page.get_by_role("button", name="Undo", exact=True).tap()
    assert await shape(page, "Zone Shoes").count() == 1
    assert await page.get_by_role("button", name="Undo", exact=True).is_disabled()


async def test_what_is_placed_is_opened_or_taken_away_under_the_plan(
    page: Page, afternoon: Afternoon
) -> None:
    await page.get_by_role("button", name="Add beacon", exact=True).tap()
    await tap(page, (34, 22))
    assert await page.evaluate(IN_SIGHT)
    await page.get_by_role("button", name="All fields").tap()
    await page.keyboard.insert_text("BOOTS")
    await shape(page, "Beacon BOOTS").wait_for()
    await tap(page, GATEWAY)
    await page.get_by_role("button", name="Take away").tap()
    await page.get_by_text("gw-entrance goes when you save").wait_for()
    await page.get_by_role("button", name="Keep it").tap()
    await page.get_by_text("gw-entrance stays").wait_for()
    await page.get_by_role("button", name="Take away").tap()
    await save(page)
    plan = plan_of(afternoon)
    assert plan.beacons[-1].id == "BOOTS"
    assert "gw-entrance" not in {one.id for one in plan.gateways}


OVERLAPS = """() => {
    const names = [...document.querySelectorAll("#plan .zone text")].map((one) => one.getBoundingClientRect());
    const marks = [...document.querySelectorAll("#plan :is(path.beacon, path.gateway)")].map((one) => one.getBoundingClientRect());
    const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    return [names.length, marks.length, names.filter((name) => marks.some((mark) => meet(name, mark))).length];
}"""


async def test_marks_are_the_live_floors_and_names_keep_clear_of_them(page: Page) -> None:
    zones, marks, overlaps = await page.evaluate(OVERLAPS)
    assert (zones, overlaps) == (6, 0)
    assert marks > 10
    name = page.locator("#plan .name")
    assert await name.count() == 0
    for place, text in ((GATEWAY, "gw-entrance"), ((17.0, 18.0), "RUN-1")):
        await tap(page, place)
        assert await name.all_text_contents() == [text]
