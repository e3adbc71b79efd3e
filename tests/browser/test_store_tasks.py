"""What people do with a store, its gateways and their own account, by visible words only: keys and finger, three sizes."""

import re

import pytest
from sqlmodel import col, select

from protocol.plan import read_plan
from store_server.applying import running_plans
from store_server.db.session import reading
from store_server.db.tables import Alert, GatewayCode
from tests.browser.afternoon import PASSWORD, Afternoon
from tests.browser.person import Person
from tests.store_server.web.console.sample import STORE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

ISLAND = "Isola \N{DESERT ISLAND}"


async def test_sign_in_and_out(person: Person) -> None:
    await person.page.context.clear_cookies()
    await person.page.goto("/console")
    await person.fill("Your name", "Anna")
    await person.fill("Password", PASSWORD)
    await person.press("button", "Sign in")
    await person.press("link", "Anna")
    await person.press("button", "Sign out")
    await person.on("Sign in")
    await person.page.goto("/console/campaigns")
    await person.on("Sign in")


async def test_draw_a_zone(person: Person, shared_afternoon: Afternoon) -> None:
    await person.press("link", "Edit floor")
    await person.press("button", "Add zone")
    if person.look.touch:
        await person.draw("Floor plan of %(store)s", (0.32, 0.56), (0.62, 0.7), store="Milano Duomo")
    else:
        await person.strike("ArrowLeft", "ArrowUp", "Enter")
    await person.write(ISLAND)
    await person.press("button", "Save")
    await person.see("Saved. The store works with it from now on.")
    with reading(shared_afternoon.engine) as session:
        plan = read_plan(running_plans(session)[STORE].text, STORE)
    zone = plan.zones[-1]
    assert zone.name == ISLAND
    xs, ys = zip(*zone.polygon, strict=True)
    assert 2 <= max(xs) - min(xs) <= 14
    assert 2 <= max(ys) - min(ys) <= 6


async def test_acknowledge_an_alert(person: Person, shared_afternoon: Afternoon) -> None:
    await person.press("link", "Alerts")
    await person.on("Alerts")
    waiting = person.page.get_by_role("button", name=person.say("I take care of it"))
    before = await waiting.count()
    assert before >= 1
    await person.press("button", "I take care of it", exact=False)
    await person.see("by %(name)s", name="Anna")
    assert await waiting.count() == before - 1
    with reading(shared_afternoon.engine) as session:
        taken = session.exec(select(Alert).where(col(Alert.acknowledged_by) == "Anna")).all()
    assert len(taken) == 1
    assert person.actions <= 2


async def test_enrol_a_gateway(person: Person, shared_afternoon: Afternoon) -> None:
    await person.press("link", "Fleet")
    await person.press("link", "Enrol a gateway")
    await person.on("Enrol a gateway")
    await person.choose("Gateway", "gw-running")
    await person.press("button", "Make a code")
    await person.page.get_by_role("img", name=person.say("QR code of the command")).wait_for()
    text = await person.read()
    code = re.search(rf"{person.say('One-time code')}\s+(\S+)", text)
    assert code
    assert re.search(rf"aislecue gateway enroll .*{re.escape(code[1])}", text)
    with reading(shared_afternoon.engine) as session:
        assert [one.gateway for one in session.exec(select(GatewayCode))] == ["gw-running"]
