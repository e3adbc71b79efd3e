"""Who hears what on the live page: chosen by link, by key or by name; lines and a table, never a tag or a name."""

import gzip

import httpx
import pytest
from sqlalchemy import Engine

from protocol.instants import SECOND
from protocol.plan import read_plan
from store_server.db.session import reading, writing
from store_server.db.tables import Presence
from store_server.fleet.health import store_health
from store_server.fleet.large import large_store_health
from store_server.web.console.floor.bunches import DRAWN_ALL, DRAWN_BROKEN, drawn_singly, gather
from store_server.web.console.floor.hearing import Chosen, choose
from tests.store_server.web.console.large_store import LARGE, SILENT_IN, add_large_store, large_plan
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import CART_UUID, NOW, PLAN, STORE

HERE = f"/console/stores/{STORE}"
ONE = read_plan(PLAN, "plan.yaml")


@pytest.mark.parametrize(
    ("address", "chosen"),
    [
        (("gw-shoes", "", ""), Chosen("gateway", "gw-shoes")),
        (("", "RUN-1", ""), Chosen("beacon", "RUN-1")),
        (("", "", " Gw-Shoes "), Chosen("gateway", "gw-shoes")),
        (("", "", "run-1"), Chosen("beacon", "RUN-1")),
        (("", "", ""), None),
        (("", "", "s-shoes-00-5b1f9c"), None),
        (("gw-nowhere", "", ""), None),
    ],
)
def test_what_an_address_names(address: tuple[str, str, str], chosen: Chosen | None) -> None:
    assert choose(ONE, *address) == chosen


async def test_a_gateway_s_lines_and_table(console: httpx.AsyncClient, engine: Engine) -> None:
    with writing(engine) as session:
        row = session.get_one(Presence, (STORE, "gw-running", ONE.beacons[7].identity.uuid, 5, 52))
        row.rssi_dbm, row.last_at = -59, NOW - 20 * SECOND
    page = Page((await console.get(f"{HERE}?gateway=gw-running")).text)
    assert page.faults == []
    said = page.text("main")
    assert "What gw-running hears now" in said
    told = said.rsplit("What gw-running hears now", 1)[1]
    order = ["RUN-2", "−59 dBm", "20 seconds ago", "RUN-1", "−68 dBm", "3 seconds ago"]
    assert sorted(order, key=told.index) == order
    rays = [one["class"] for one in page.elements["g"] if one.get("data-key", "").startswith("r-")]
    assert rays == ["ray level-4 old", "ray level-3"]


async def test_a_beacon_is_asked_the_same(console: httpx.AsyncClient) -> None:
    said = Page((await console.get(f"{HERE}?who=ent-1")).text).text("main")
    told = said.rsplit("Who hears ENT-1 now", 1)[1]
    assert told.index("gw-entrance") < told.index("−68 dBm")
    silent = Page((await console.get(f"{HERE}?beacon=FIT-1")).text).text("main")
    assert "No gateway hears it now." in silent


async def test_a_name_that_is_not_here_is_said_beside_the_field(console: httpx.AsyncClient) -> None:
    page = Page((await console.get(f"{HERE}?who=nobody")).text)
    assert "There is no gateway or beacon of this name here." in page.text("main")
    (field,) = [one for one in page.elements["input"] if one.get("name") == "who"]
    assert (field["value"], field["aria-invalid"]) == ("nobody", "true")


async def test_tags_are_counted_and_not_named(console: httpx.AsyncClient, engine: Engine) -> None:
    with writing(engine) as session:
        tag = session.get_one(
            Presence, (STORE, "gw-running", ONE.beacons[6].identity.uuid, 5, 51)
        ).model_dump()
        session.add(Presence(**{**tag, "uuid": CART_UUID, "major": 777, "minor": 4242}))
    answer = (await console.get(f"{HERE}?gateway=gw-running")).text
    assert "1 tag is heard too." in answer
    for never in (CART_UUID, "4242"):
        assert never not in answer


async def test_marks_are_links_and_few_wait_for_the_tab_key(console: httpx.AsyncClient) -> None:
    page = Page((await console.get(HERE)).text)
    marks = {one["data-key"]: one for one in page.elements["a"] if "data-key" in one}
    assert marks["g-gw-shoes"]["href"] == f"{HERE}?gateway=gw-shoes#who"
    assert "tabindex" not in marks["g-gw-shoes"]
    assert marks["b-RUN-1"]["tabindex"] == "-1"
    assert marks["b-RUN-1"]["aria-label"] == "RUN-1, heard by gw-running"


def test_of_a_large_store_what_is_broken_is_drawn_and_what_was_chosen() -> None:
    states = {
        f"B-{k}": "silent" if k % 10 == 0 else "unwatched" if k % 10 == 1 else "heard" for k in range(2_000)
    }
    drawn = drawn_singly(states, ["B-7"])
    assert len(drawn) == DRAWN_BROKEN + 1
    assert "B-7" in drawn
    assert {states[name] for name in drawn - {"B-7"}} == {"silent"}
    few = dict(list(states.items())[:DRAWN_ALL])
    assert drawn_singly(few) == set(few)


def test_bunches_count_everyone_once_and_take_the_worst_tone() -> None:
    plan = read_plan(large_plan(2_000), "plan.yaml")
    places = [(one, (one.position or (0, 0))[:2]) for one in plan.beacons]
    tones = {one.id: "bad" if one.id == "B-3" else "good" for one in plan.beacons}
    bunches = gather([(one, (x, y)) for one, (x, y) in places], tones, 200)
    assert sum(one.count for one in bunches) == 2_000
    assert [one.key for one in bunches if one.tone == "bad"] == ["z3"]
    hall = gather([(one, (x, y)) for one, (x, y) in places], tones, 10)
    assert len({one.key for one in hall}) == len(hall) == 40


def test_a_large_store_is_judged_as_a_small_one_is(engine: Engine) -> None:
    add_large_store(engine, 600)
    plan = read_plan(large_plan(600), "plan.yaml")
    with writing(engine) as session:
        rows = session.get_one(Presence, (LARGE, "gw-1", ONE.beacons[0].identity.uuid, 9, 1))
        rows.state = "lost"
    with reading(engine) as session:
        exact, light = store_health(session, plan, NOW), large_store_health(session, plan, NOW)
    assert {name: one.condition.state for name, one in exact.beacons.items()} == {
        name: one.condition.state for name, one in light.beacons.items()
    }
    unwell = [name for name, one in exact.beacons.items() if not one.condition.well]
    assert len(unwell) == 600 // SILENT_IN + 1
    assert all(exact.beacons[name] == light.beacons[name] for name in unwell)


async def test_a_page_of_ten_thousand_beacons_stays_small(console: httpx.AsyncClient, engine: Engine) -> None:
    add_large_store(engine, 10_000)
    for path in (f"/console/stores/{LARGE}", f"/console/stores/{LARGE}?gateway=gw-1"):
        answer = await console.get(path)
        page = Page(answer.text)
        assert page.faults == []
        assert "beacons heard: 9800 of 10000" in page.text("main")
        drawn = [one for one in page.elements["a"] if one.get("data-key", "").startswith("b-")]
        assert len(drawn) <= 120
        assert len(answer.text) < 200_000
        assert len(gzip.compress(answer.content)) < 25_000
