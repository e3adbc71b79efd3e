"""The floor editor without its script: fields become a new plan revision, and nothing else of the plan is touched."""

from html.parser import HTMLParser

import httpx
import pytest
from sqlalchemy import Engine

from protocol.plan import StorePlan, read_plan
from store_server.applying import running_plans
from store_server.db.session import reading, writing
from store_server.db.tables import PlanRevision
from store_server.web.console.accounts.accounts import add_account
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import NOW, PLAN, STORE, UUID

PAGE = f"/console/stores/{STORE}/plan"
MARKED = PLAN.replace("zones:\n", "zones:\n  # drawn by hand, April\n", 1).replace(
    "position: [17, 3, 2.5]}", "position: [17, 3, 2.5], firmware: espruino}  # behind the mirror", 1
)


class Fields(HTMLParser):
    """The fields of a page's forms as a browser without scripts would send them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._area = self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = {name: value or "" for name, value in attrs}
        if tag == "input" and "name" in one and (one.get("type") != "checkbox" or "checked" in one):
            self.found[one["name"]] = one.get("value", "on")
        elif tag == "textarea":
            self._area = one["name"]
            self.found[self._area] = ""
        elif tag == "select":
            self._select = one["name"]
        elif tag == "option" and ("selected" in one or self._select not in self.found):
            self.found[self._select] = one["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.found[self._area] = self.found[self._area].lstrip("\n")
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[self._area] += data


async def fields(console: httpx.AsyncClient, at: str = "") -> dict[str, str]:
    return Fields((await console.get(PAGE + at)).text).found


async def save(console: httpx.AsyncClient, **changed: str) -> httpx.Response:
    form = {**(await fields(console)), **changed}
    return await console.post(PAGE, data=form)


def running(engine: Engine) -> tuple[str, StorePlan, int]:
    with reading(engine) as session:
        kept = running_plans(session)[STORE]
    return kept.text, read_plan(kept.text, STORE), kept.revision


def apply(engine: Engine, text: str, revision: int = 3, by: str = "Bruno") -> None:
    with writing(engine) as session:
        row = PlanRevision(store=STORE, revision=revision, text=text, applied_at=NOW, applied_by=by)
        session.add(row)


async def test_every_thing_of_the_plan_has_its_fields(console: httpx.AsyncClient) -> None:
    response = await console.get(PAGE)
    page = Page(response.text)
    assert page.faults == []
    found = await fields(console)
    assert found["zone.till.name"] == "Till"
    assert found["zone.till.corners"].split() == ["29", "0", "40", "0", "40", "7", "29", "7"]
    assert found["zone.till.never"] == "on"
    assert (found["beacon.SHOES-1.x"], found["beacon.SHOES-1.height"]) == ("30", "2.5")
    assert found["gateway.gw-shoes.zone"] == "shoes"
    ids = [one["id"] for elements in page.elements.values() for one in elements if "id" in one]
    assert len(ids) == len(set(ids))


async def test_saving_without_a_change_makes_no_revision(console: httpx.AsyncClient, engine: Engine) -> None:
    assert (await save(console)).status_code == 303
    assert running(engine)[2] == 2


async def test_a_moved_beacon_changes_its_own_place_and_not_a_comment(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    apply(engine, MARKED)
    answer = await save(console, **{"beacon.ENT-1.x": "18.5", "zone.shoes.name": "\N{ATHLETIC SHOE} אבג"})
    assert answer.headers["location"] == f"{PAGE}?saved=1"
    text, plan, revision = running(engine)
    assert revision == 4
    assert text == MARKED.replace("[17, 3, 2.5]", "[18.5, 3, 2.5]", 1).replace(
        "name: Shoes", 'name: "\N{ATHLETIC SHOE} אבג"'
    )
    assert plan.beacons[0].firmware == "espruino"
    assert "Saved." in Page((await console.get(answer.headers["location"])).text).text()


async def test_a_zone_and_what_hangs_in_it_are_added_by_fields_alone(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    new = {
        "zone.+0.name": "Café & Bücher",
        "zone.+0.corners": "12 1\r\n14,5 1\r\n14.5, 6\r\n12 6",
        "zone.+0.never": "on",
        "beacon.+0.zone": "shoes",
        "beacon.+0.x": "31",
        "beacon.+0.y": "12",
        "gateway.+0.zone": "entrance",
        "gateway.+0.x": "16",
        "gateway.+0.y": "1",
    }
    assert (await save(console, **new)).status_code == 303
    _, plan, _ = running(engine)
    zone = plan.zones[-1]
    assert [zone.id, zone.name, zone.interrupt] == ["cafe-bucher", "Café & Bücher", "never"]
    assert list(zone.polygon) == [(12, 1), (14.5, 1), (14.5, 6), (12, 6)]
    beacon = plan.beacons[-1]
    assert (beacon.id, beacon.zone, beacon.position) == ("SHOES-3", "shoes", (31, 12))
    assert tuple(beacon.identity) == (UUID, 4, 43), "its zone's major, the next minor"
    assert (plan.gateways[-1].id, plan.gateways[-1].position) == ("gw-entrance-2", (16, 1))


async def test_a_new_beacon_may_hang_in_a_new_zone(console: httpx.AsyncClient, engine: Engine) -> None:
    new = {
        "zone.+7.name": "\N{SHOPPING BAGS}",
        "zone.+7.corners": "12 1\n14 1\n14 6",
        "beacon.+8.id": "BAGS",
        "beacon.+8.zone": "+7",
        "beacon.+8.x": "13",
        "beacon.+8.y": "2",
        "beacon.+8.major": "",
    }
    assert (await save(console, **new)).status_code == 303
    _, plan, _ = running(engine)
    assert (plan.zones[-1].id, plan.beacons[-1].zone) == ("zone", "zone")
    assert tuple(plan.beacons[-1].identity) == (UUID, 7, 1), "a zone without beacons gets a major of its own"


async def test_what_is_ticked_is_taken_away(console: httpx.AsyncClient, engine: Engine) -> None:
    gone = {"beacon.RUN-1.removed": "on", "beacon.RUN-2.removed": "on", "gateway.gw-jackets.removed": "on"}
    assert (await save(console, **gone)).status_code == 303
    _, plan, _ = running(engine)
    assert not [one for one in plan.beacons if one.zone == "running"]
    assert [one.id for one in plan.gateways] == ["gw-entrance", "gw-shoes", "gw-running"]


@pytest.mark.parametrize(
    ("field", "text", "fault"),
    [
        ("beacon.ENT-1.x", "far", "A number of metres, such as 4.5."),
        ("beacon.ENT-1.x", "1e3", "A number of metres, such as 4.5."),
        ("beacon.ENT-1.x", "NaN", "A number of metres, such as 4.5."),
        ("beacon.ENT-1.y", "26", "This lies outside the floor."),
        ("beacon.ENT-1.x", "", "Both metres, or neither."),
        ("zone.shoes.corners", "1 1\n2 2", "At least three corners"),
        ("zone.shoes.corners", "1 1\n2 2\n3 x", "At least three corners"),
        ("zone.shoes.corners", "1 1\n2 2\n3 -1", "This lies outside the floor."),
        ("zone.shoes.name", "", "A name of up to 120 characters"),
        ("zone.shoes.name", "x" * 121, "A name of up to 120 characters"),
        ("floor.size.width", "0", "A number of metres, such as 4.5."),
    ],
)
async def test_a_fault_stands_beside_its_field_and_keeps_what_was_typed(
    console: httpx.AsyncClient, engine: Engine, field: str, text: str, fault: str
) -> None:
    answer = await save(console, **{field: text, "zone.till.name": "Casse"})
    assert answer.status_code == 422
    page = Page(answer.text)
    assert page.faults == []
    wrong = [one for tag in ("input", "textarea") for one in page.elements[tag] if "aria-invalid" in one]
    assert field in [one["name"] for one in wrong]
    assert fault in page.text("p")
    kept = Fields(answer.text).found
    assert (kept[field], kept["zone.till.name"]) == (text, "Casse")
    assert running(engine)[2] == 2


async def test_a_smaller_floor_says_what_no_longer_lies_on_it(console: httpx.AsyncClient) -> None:
    answer = await save(console, **{"floor.size.width": "30"})
    page = Page(answer.text)
    assert answer.status_code == 422
    links = [one["href"] for one in page.elements["a"] if one.get("href", "").startswith("#")]
    assert {"#zone-shoes", "#zone-till", "#beacon-SHOES-2", "#gateway-gw-shoes"} <= set(links)
    assert "on the floor of 30 x 25 m" in page.text()


async def test_a_zone_that_beacons_and_campaigns_need_is_not_taken_away(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    answer = await save(console, **{"zone.shoes.removed": "on"})
    assert answer.status_code == 422
    assert "A campaign watches this zone" in Page(answer.text).text()
    answer = await save(console, **{"zone.entrance.removed": "on"})
    page = Page(answer.text)
    assert answer.status_code == 422
    assert "a zone of this plan" in page.text()
    assert "#beacon-ENT-1" in [one.get("href") for one in page.elements["a"]]
    gone = {f"beacon.{name}.removed": "on" for name in ("SHOES-1", "SHOES-2")}
    again = await save(console, **{"zone.shoes.removed": "on", "gateway.gw-shoes.removed": "on", **gone})
    assert again.status_code == 422
    assert "A campaign watches this zone" in Page(again.text).text()
    assert running(engine)[2] == 2


async def test_two_editors_the_second_sees_the_difference_and_loses_nothing(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    mine = {**(await fields(console)), "zone.till.name": "Casse", "beacon.ENT-1.x": "18"}
    apply(engine, PLAN.replace("name: Jackets", "name: Coats").replace("[17, 3, 2.5]", "[17, 4, 2.5]"))
    answer = await console.post(PAGE, data=mine)
    page = Page(answer.text)
    assert answer.status_code == 409
    assert "Bruno has saved this floor meanwhile" in page.text()
    assert "+  - {id: jackets, name: Coats" in "".join(page.texts["pre"])
    shown = Fields(answer.text).found
    assert (shown["revision"], shown["zone.jackets.name"], shown["zone.till.name"]) == ("3", "Coats", "Casse")
    assert (shown["beacon.ENT-1.x"], shown["beacon.ENT-1.y"]) == ("18", "4")
    assert (await console.post(PAGE, data=shown)).status_code == 303
    text, plan, revision = running(engine)
    assert revision == 4
    assert {zone.name for zone in plan.zones} >= {"Coats", "Casse"}
    assert "[18, 4, 2.5]" in text


async def test_the_same_form_twice_makes_one_revision(console: httpx.AsyncClient, engine: Engine) -> None:
    form = {**(await fields(console)), "zone.till.name": "Casse"}
    answers = [(await console.post(PAGE, data=form)).status_code for _ in range(2)]
    assert answers == [303, 303]
    assert running(engine)[2] == 3


async def test_what_another_took_away_is_said(console: httpx.AsyncClient, engine: Engine) -> None:
    form = {**(await fields(console)), "beacon.RUN-1.x": "16"}
    apply(engine, "".join(line for line in PLAN.splitlines(keepends=True) if "RUN-1" not in line))
    answer = await console.post(PAGE, data=form)
    assert answer.status_code == 409
    assert "No longer in the planRUN-1" in Page(answer.text).text()


@pytest.mark.parametrize("revision", ["", "x", "99", "²"])
async def test_a_form_of_no_revision_is_refused(
    console: httpx.AsyncClient, engine: Engine, revision: str
) -> None:
    answer = await console.post(PAGE, data={"revision": revision, "zone.till.is": "1", "zone.till.name": "X"})
    assert answer.status_code in (404, 422)
    assert running(engine)[2] == 2


async def test_ten_thousand_beacons_are_paged_and_found_by_zone(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    lines = [
        f"  - {{id: B-{k}, zone: {'shoes' if k % 100 else 'till'}, uuid: {UUID}, major: 900, minor: {k}}}\n"
        for k in range(10_000)
    ]
    head, tail = PLAN.split("beacons:\n")
    apply(engine, f"{head}beacons:\n{''.join(lines)}tags:{tail.partition('tags:')[2]}")
    answer = await console.get(PAGE)
    assert len(answer.text) < 400_000
    assert "Page 1 of 200" in Page(answer.text).text()
    tills = await fields(console, "?zone=till&page=2")
    assert "beacon.B-5000.zone" in tills
    assert "beacon.B-1.zone" not in tills
    answer = await console.post(PAGE, data={**tills, "beacon.B-5000.x": "30", "beacon.B-5000.y": "2"})
    assert answer.headers["location"] == f"{PAGE}?zone=till&page=2&saved=1"
    with reading(engine) as session:
        text = running_plans(session)[STORE].text
    assert "minor: 5000}" not in text
    assert text.count("position: [30, 2]") == 1


async def test_staff_may_not_draw(console: httpx.AsyncClient, engine: Engine) -> None:
    with writing(engine) as session:
        add_account(session, "Anna", "four words of mine", "owner", NOW)
        add_account(session, "Bruno", "four words of mine", "staff", NOW)
    await console.post("/console/sign-in", data={"name": "Bruno", "password": "four words of mine"})
    assert (await console.get(PAGE)).status_code == 403
    assert (await console.post(PAGE, data={"revision": "2"})).status_code == 403
    assert "Edit floor" not in (await console.get(f"/console/stores/{STORE}")).text
