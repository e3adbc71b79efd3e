import json
from collections.abc import AsyncIterator

import httpx
from sqlalchemy import Engine
from sqlmodel import select

from protocol.instants import SECOND
from store_server.db.session import writing
from store_server.db.tables import Gateway, ShopperStateRow
from store_server.web.console.floor.stream import ALIVE_EVERY_MS, LOOK_EVERY_MS, store_events
from store_server.web.console.router import build_desk
from tests.store_server.web.console.sample import NOW, STORE, decisions
from tests.store_server.web.console.still_clock import StillClock


async def _look(events: AsyncIterator[str], number: int) -> list[tuple[str, dict[str, str]]]:
    """Read a number of events, comments left out."""
    found: list[tuple[str, dict[str, str]]] = []
    while len(found) < number:
        text = await anext(events)
        if text.startswith("event:"):
            lines = dict(line.split(": ", 1) for line in text.strip().splitlines())
            found.append((lines["event"], {**json.loads(lines["data"]), "id": lines["id"]}))
    return found


async def test_a_stream_sends_the_page_then_only_what_changed(engine: Engine) -> None:
    clock = StillClock(NOW)
    desk = build_desk(engine, clock)
    events = store_events(desk, STORE, 60, desk.languages["en"])
    first = await _look(events, 3)
    assert [data["part"] for _, data in first] == ["floor", "causes", "counts"]

    row = decisions(NOW)[-1]
    row.seq, row.at, row.recorded_at = 61, NOW, NOW
    with writing(engine) as session:
        session.add(row)
    await clock.move(LOOK_EVERY_MS)
    (name, line), (_, counts) = await _look(events, 2)
    assert (name, line["id"]) == ("decision", "61")
    assert 'id="d-61"' in line["html"]
    assert counts["part"] == "counts"


async def test_a_gateway_falling_silent_and_a_shopper_moving_redraw_the_floor(engine: Engine) -> None:
    clock = StillClock(NOW)
    desk = build_desk(engine, clock)
    events = store_events(desk, STORE, 60, desk.languages["en"])
    await _look(events, 3)
    with writing(engine) as session:
        for shopper in session.exec(select(ShopperStateRow)):
            shopper.zone, shopper.seen_at = "till", NOW
        for gateway in session.exec(select(Gateway).where(Gateway.id == "gw-running")):
            gateway.status, gateway.status_at = "radio-dead", NOW
    await clock.move(LOOK_EVERY_MS)
    found = {data["part"]: data["html"] for _, data in await _look(events, 1)}
    assert "gw-running: Radio dead" in found["floor"]
    assert "gateways online: 2 of 4" in found["floor"]


async def test_a_quiet_stream_says_that_it_is_alive(engine: Engine) -> None:
    clock = StillClock(NOW)
    desk = build_desk(engine, clock)
    events = store_events(desk, STORE, 60, desk.languages["en"])
    await _look(events, 3)
    with writing(engine) as session:
        for gateway in session.exec(select(Gateway)):
            gateway.presence_at = NOW + ALIVE_EVERY_MS
    await clock.move(ALIVE_EVERY_MS - 10 * SECOND)
    await clock.move(10 * SECOND)
    seen = [await anext(events) for _ in range(2)]
    assert any(text == ": alive\n\n" or text.startswith("event: part") for text in seen)


async def test_an_unknown_store_has_no_stream(console: httpx.AsyncClient) -> None:
    assert (await console.get("/console/stores/nowhere/live")).status_code == 404
