"""The map of stores: where they lie, how they are, what is gathered; and how their places are entered."""

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from protocol.instants import DAY
from store_server.db.session import reading, writing
from store_server.db.tables import PlanRevision, StorePlace
from store_server.fleet.alerts import Alerts
from store_server.web.console.accounts.accounts import add_account
from store_server.web.console.places.form import (
    NO_LATITUDE,
    NO_LINE,
    NO_LONGITUDE,
    NO_STORE,
    TWICE,
    read_places,
    written_places,
)
from store_server.web.console.places.map import HEIGHT, TOGETHER, WIDTH, Box, Place, draw_map, read_box
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import NOW, PLAN, STORE, UUID

MILAN, ROME, OSLO = (45.4642, 9.19), (41.9028, 12.4964), (59.9139, 10.7522)
PLACES = "/console/places"


def place(name: str, at: tuple[float, float], state: str = "well") -> Place:
    return Place(name.lower(), name, *at, state)


def test_north_is_up_and_east_is_right_and_all_is_inside() -> None:
    places = [place("Milan", MILAN), place("Rome", ROME), place("Oslo", OSLO)]
    marks = {one.stores[0].id: one for one in draw_map(places, places, None).marks}
    assert marks["oslo"].y < marks["milan"].y < marks["rome"].y
    assert marks["milan"].x < marks["oslo"].x < marks["rome"].x
    assert all(0 < one.x < WIDTH and 0 < one.y < HEIGHT for one in marks.values())
    # Mercator keeps angles: a degree of latitude is longer in Oslo than in Rome.
    assert (marks["milan"].y - marks["oslo"].y) / (OSLO[0] - MILAN[0]) > (
        marks["rome"].y - marks["milan"].y
    ) / (MILAN[0] - ROME[0])


def test_what_would_touch_is_one_mark_of_the_worst_state_and_opens_where_they_lie() -> None:
    near = [place(f"Milan {k}", (45.46 + k / 100, 9.19), "stopped" if k == 2 else "well") for k in range(4)]
    both = draw_map([*near, place("Oslo", OSLO)], [*near, place("Oslo", OSLO)], None)
    gathered = both.marks[0]
    assert (len(gathered.stores), gathered.state) == (4, "stopped")
    assert gathered.label is not None
    assert gathered.label.text == "Milan"
    closer = draw_map(near, near, gathered.box)
    assert len(closer.marks) == 4


def test_two_hundred_stores_never_touch() -> None:
    places = [place(f"S{k}", (38 + k * 0.618 % 8, 8 + k * 0.414 % 9)) for k in range(200)]
    marks = draw_map(places, places, None).marks
    assert sum(len(one.stores) for one in marks) == 200
    for one in marks:
        for other in marks:
            apart = abs(one.x - other.x) / TOGETHER[0] + abs(one.y - other.y) / TOGETHER[1]
            assert one is other or apart >= 0.99


def test_a_filter_does_not_move_the_map() -> None:
    places = [place("Milan", MILAN), place("Rome", ROME), place("Oslo", OSLO)]
    every, few = draw_map(places, places, None), draw_map(places[:1], places, None)
    (milan,) = few.marks
    assert (milan.x, milan.y) in {(one.x, one.y) for one in every.marks}
    assert few.lines == every.lines


@pytest.mark.parametrize("at", [(0.0, 0.0), (-90.0, 180.0), (89.9, -179.9), MILAN])
def test_one_store_anywhere_can_be_drawn(at: tuple[float, float]) -> None:
    drawn = draw_map([place("One", at)], [place("One", at)], None)
    assert (drawn.marks[0].x, drawn.marks[0].y) == (WIDTH / 2, HEIGHT / 2)
    assert 0 < len(drawn.lines) < 40


def test_degrees_are_written_with_their_side() -> None:
    ends = [place("A", (-3.0, -3.0)), place("B", (3.0, 3.0))]
    texts = [line.text for line in draw_map(ends, ends, None).lines]
    assert {"2° W", "0°", "2° E", "2° S", "2° N"} <= set(texts)


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "nan,1,2,3", "3,3,1,1", "1,2,3,4,5", "1e999,0,0,0"])
def test_a_box_that_is_none_is_passed_over(text: str) -> None:
    assert read_box(text) is None


def test_a_box_is_written_as_it_is_read() -> None:
    assert read_box(str(Box(45.0, 9.0, 46.0, 10.5))) == Box(45.0, 9.0, 46.0, 10.5)


def test_lines_with_commas_semicolons_and_tabs() -> None:
    text = '\ufeffstore,latitude,longitude\na,45.4642,9.19\n\nb;41,9028;12,4964\nc\t-1\t+2\n"d",0,-180\n'
    read = read_places(text, "abcd")
    assert read.faults == ()
    assert read.places == {"a": MILAN, "b": ROME, "c": (-1.0, 2.0), "d": (0.0, -180.0)}
    assert read_places(written_places(read.places), "abcd").places == read.places


def test_every_line_that_is_wrong_is_told_with_its_number() -> None:
    text = "a,45,9\nzebra,1,1\nb,91,9\nb,45,181\nb,x,9\nb,45\na,1,1\n"
    read = read_places(text, "ab")
    assert [(one.line, one.why) for one in read.faults] == [
        (2, NO_STORE),
        (3, NO_LATITUDE),
        (4, NO_LONGITUDE),
        (5, NO_LATITUDE),
        (6, NO_LINE),
        (7, TWICE),
    ]


@pytest.fixture
async def chain(engine: Engine) -> None:
    """Add two more stores, one of them with nothing that was ever heard."""
    with writing(engine) as session:
        for name, shown in (("rome-corso", "Roma Corso"), ("oslo-gate", "Oslo Gate")):
            text = (
                PLAN.replace(STORE, name)
                .replace("Milano Duomo", shown)
                .replace(UUID, UUID.replace("8c", (name[:1] == "r" and "9c") or "ac"))
            )
            text = text.replace("3f0e6c1e", "4f0e6c1e" if name[0] == "r" else "5f0e6c1e")
            session.add(
                PlanRevision(store=name, revision=1, text=text, applied_at=NOW - DAY, applied_by="anna")
            )
    await Alerts(engine, None).look(NOW)


@pytest.mark.usefixtures("chain")
async def test_places_are_entered_and_the_map_shows_them(console: httpx.AsyncClient) -> None:
    assert "Put the stores on a map" in (await console.get("/console/stores")).text
    kept = await console.post(PLACES, data={"store": STORE, "latitude": "45,4642", "longitude": "9.19"})
    assert (kept.status_code, kept.headers["location"]) == (303, "/console/stores")
    lines = await console.post(
        f"{PLACES}/lines", data={"text": "rome-corso;41,9028;12,4964\noslo-gate;59,9;10,7"}
    )
    assert lines.status_code == 303
    page = Page((await console.get("/console/stores")).text)
    assert page.faults == []
    marks = {one["href"]: one["aria-label"] for one in page.elements["a"] if "transform" in one}
    assert marks[f"/console/stores/{STORE}"] == "Milano Duomo: Campaigns cannot fire"
    assert set(marks) == {f"/console/stores/{name}" for name in (STORE, "rome-corso", "oslo-gate")}
    stopped = Page((await console.get("/console/stores?text=oslo")).text)
    assert [one["href"] for one in stopped.elements["a"] if "transform" in one] == [
        "/console/stores/oslo-gate"
    ]
    near = Page((await console.get("/console/stores?box=40,8,47,13")).text)
    assert "Oslo Gate" not in near.text("main")
    assert "The whole map" in near.text("main")
    file = await console.get(f"{PLACES}/places.csv")
    assert "rome-corso,41.9028,12.4964" in file.text.splitlines()


@pytest.mark.usefixtures("chain")
async def test_what_is_wrong_is_said_beside_it_and_nothing_is_kept(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    page = Page((await console.get(PLACES)).text)
    assert page.faults == []
    assert "Nothing was kept" not in page.text("main")
    wrong = await console.post(PLACES, data={"store": STORE, "latitude": "north", "longitude": "9"})
    assert wrong.status_code == 422
    fields = {one["name"]: one for one in Page(wrong.text).elements["input"] if one.get("type") == "text"}
    assert (fields["latitude"]["value"], fields["latitude"]["aria-invalid"]) == ("north", "true")
    lines = await console.post(f"{PLACES}/lines", data={"text": f"{STORE},45,9\nnowhere,1,1"})
    assert lines.status_code == 422
    assert "Line 2: there is no such store" in Page(lines.text).text("main")
    assert (await console.post(f"{PLACES}/lines", data={"text": ""})).status_code == 422
    assert (
        await console.post(PLACES, data={"store": "no", "latitude": "1", "longitude": "1"})
    ).status_code == 404
    with reading(engine) as session:
        assert session.exec(select(StorePlace)).all() == []


@pytest.mark.usefixtures("chain")
async def test_places_of_other_stores_are_out_of_reach(console: httpx.AsyncClient, engine: Engine) -> None:
    password = "four words of mine"
    with writing(engine) as session:
        session.add(StorePlace(store="oslo-gate", latitude=1, longitude=1, changed_at=NOW, changed_by="anna"))
        add_account(session, "Anna", password, "owner", NOW)
        add_account(session, "Bruno", password, "manager", NOW, [STORE, "rome-corso"])
        add_account(session, "Carla", password, "staff", NOW)
    await console.post("/console/sign-in", data={"name": "Bruno", "password": password})
    assert "oslo" not in (await console.get(f"{PLACES}/places.csv")).text
    assert "Oslo" not in (await console.get(PLACES)).text
    taken = await console.post(PLACES, data={"store": "oslo-gate", "latitude": "2", "longitude": "2"})
    assert taken.status_code == 404
    await console.post("/console/sign-in", data={"name": "Carla", "password": password})
    assert (await console.get(PLACES)).status_code == 403
