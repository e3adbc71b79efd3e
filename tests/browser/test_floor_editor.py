"""The floor editor in a real Chromium: zones and beacons drawn and moved by mouse, finger and keyboard alone, undone, saved."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page

from protocol.plan import StorePlan, read_plan
from store_server.applying import running_plans
from store_server.db.session import reading
from tests.browser.afternoon import Afternoon
from tests.store_server.web.console.sample import STORE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SIZES = {"desk": (1280, 800), "phone": (360, 740)}


def plan_of(afternoon: Afternoon) -> StorePlan:
    with reading(afternoon.engine) as session:
        return read_plan(running_plans(session)[STORE].text, STORE)


@pytest_asyncio.fixture(loop_scope="session", params=SIZES)
async def page(
    request: pytest.FixtureRequest, chromium: Browser, afternoon: Afternoon
) -> AsyncIterator[Page]:
    width, height = SIZES[request.param]
    context = await chromium.new_context(
        viewport={"width": width, "height": height}, has_touch=request.param == "phone", locale="en-GB"
    )
    await context.add_cookies([afternoon.cookie()])  # type: ignore[list-item]
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    await page.goto(f"{afternoon.url}/console/stores/{STORE}")
    await page.get_by_role("link", name="Edit floor").click()
    yield page
    assert faults == []
    await context.close()


async def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Return where a place of the floor lies in the window; the floor is 25 m deep."""
    await page.locator("#plan").scroll_into_view_if_needed()
    found = await page.evaluate(
        "([x, y]) => { const p = new DOMPoint(x, 25 - y).matrixTransform(document.getElementById('plan').getScreenCTM()); return [p.x, p.y] }",
        [x, y],
    )
    return found[0], found[1]


async def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    await page.mouse.move(*(await at(page, *start)))
    await page.mouse.down()
    await page.mouse.move(*(await at(page, *end)), steps=5)
    await page.mouse.up()


def shape(page: Page, name: str) -> Locator:
    return page.locator("#plan").get_by_role("button", name=name, exact=True)


async def save(page: Page) -> None:
    await page.get_by_role("button", name="Save", exact=True).click()
    await page.get_by_text("Saved. The store works with it from now on.").wait_for()


async def test_without_a_script_the_fields_do_it_all_and_no_button_is_dead(
    chromium: Browser, afternoon: Afternoon
) -> None:
    context = await chromium.new_context(java_script_enabled=False, locale="en-GB")
    await context.add_cookies([afternoon.cookie()])  # type: ignore[list-item]
    page = await context.new_page()
    await page.goto(f"{afternoon.url}/console/stores/{STORE}/plan")
    assert await page.locator("button[type=button]:visible").all_inner_texts() == [], "dead without a script"
    await page.locator("#beacon-ENT-1 summary").click()
    await page.locator("[name='beacon.ENT-1.x']").fill("18")
    await save(page)
    assert list(plan_of(afternoon).beacons[0].position or ()) == [18, 3, 2.5]
    await context.close()


async def test_a_zone_is_drawn_by_dragging_and_named(page: Page, afternoon: Afternoon) -> None:
    await page.get_by_role("button", name="Add zone", exact=True).click()
    await drag(page, (12, 8), (26, 11))
    await page.keyboard.insert_text("Windows \N{FRAME WITH PICTURE} אבג")
    await save(page)
    zone = plan_of(afternoon).zones[-1]
    assert (zone.id, zone.name) == ("windows", "Windows \N{FRAME WITH PICTURE} אבג")
    xs, ys = zip(*zone.polygon, strict=True)
    assert all(
        abs(a - b) <= 0.5 for a, b in zip((min(xs), max(xs), min(ys), max(ys)), (12, 26, 8, 11), strict=True)
    )


async def test_a_zone_is_drawn_by_keyboard_alone(page: Page, afternoon: Afternoon) -> None:
    await page.get_by_role("button", name="Add zone", exact=True).press("Enter")
    for key in ("ArrowLeft", "ArrowUp", "ArrowUp"):
        await page.keyboard.press(key)
    await page.keyboard.press("Enter")
    await page.keyboard.insert_text("Island")
    await save(page)
    zone = plan_of(afternoon).zones[-1]
    assert zone.name == "Island"
    assert zone.polygon[0] == (16.5, 11.5), "from the middle of the floor: half a metre left, one metre up"


async def test_corners_move_and_come_and_go_by_keyboard(page: Page, afternoon: Afternoon) -> None:
    await shape(page, "Zone Till").focus()
    await shape(page, "Corner 3 of Till").press("ArrowUp")
    await shape(page, "Add a corner after 3").press("Enter")
    await page.keyboard.press("ArrowUp")
    await shape(page, "Corner 1 of Till").press("Delete")
    await save(page)
    till = next(zone for zone in plan_of(afternoon).zones if zone.id == "till")
    assert till.polygon == ((40, 0), (40, 7.5), (34.5, 7.75), (29, 7))


async def test_a_beacon_is_dragged_into_another_zone_and_undone(page: Page, afternoon: Afternoon) -> None:
    await drag(page, (17, 18), (30, 20))
    x, zone = page.locator("[name='beacon.RUN-1.x']"), page.locator("[name='beacon.RUN-1.zone']")
    assert abs(float(await x.input_value()) - 30) < 0.6
    assert await zone.input_value() == "shoes"
    await page.get_by_role("button", name="Undo", exact=True).click()
    assert (await x.input_value(), await zone.input_value()) == ("17", "running")
    await shape(page, "Beacon RUN-1").press("ArrowRight")
    assert await page.locator("#said").text_content() == "RUN-1: 17.5 m from the left, 18 m from the street"
    await save(page)
    assert plan_of(afternoon).beacons[6].position == (17.5, 18, 2.5)


async def test_a_beacon_is_placed_by_a_tap_and_a_gateway_taken_away(page: Page, afternoon: Afternoon) -> None:
    await page.get_by_role("button", name="Add beacon", exact=True).click()
    await page.mouse.click(*(await at(page, 34, 22)))
    await shape(page, "Gateway gw-jackets").press("Delete")
    await save(page)
    plan = plan_of(afternoon)
    beacon = plan.beacons[-1]
    assert (beacon.id, beacon.zone) == ("SHOES-3", "shoes")
    assert beacon.position is not None
    assert abs(beacon.position[0] - 34) < 0.6
    assert "gw-jackets" not in {one.id for one in plan.gateways}


async def test_what_is_wrong_is_shown_beside_the_field_and_the_drawing_is_kept(
    page: Page, afternoon: Afternoon
) -> None:
    await page.locator("#beacon-ENT-1 summary").click()
    await page.locator("[name='beacon.ENT-1.x']").fill("99")
    await page.get_by_role("button", name="Add gateway", exact=True).click()
    await page.mouse.click(*(await at(page, 2, 2)))
    await page.get_by_role("button", name="Save", exact=True).click()
    await page.get_by_text("This lies outside the floor.").wait_for()
    assert await page.locator("[name='beacon.ENT-1.x']").input_value() == "99"
    await page.locator("[name='beacon.ENT-1.x']").fill("19")
    await save(page)
    plan = plan_of(afternoon)
    assert list(plan.beacons[0].position or ()) == [19, 3, 2.5]
    assert plan.gateways[-1].zone == "fitting"
