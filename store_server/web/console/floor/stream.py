"""The event stream of a live page (HTML, Server-sent events): what changed since last looked, read from the database each time."""

import asyncio
import json
from collections.abc import AsyncIterator
from hashlib import sha256

from starlette.concurrency import run_in_threadpool

from protocol.instants import SECOND
from store_server.web.console.desk import Desk
from store_server.web.console.floor.hearing import Chosen
from store_server.web.console.floor.live import HEARING, PARTS, read_lines, read_store
from store_server.web.design.language import Language

LOOK_EVERY_MS = SECOND
"""How fresh a page is; one look costs a few milliseconds."""

EYE_S = 0.25
"""A demo's clock may run sixty times as fast; nobody reads faster than this."""

ALIVE_EVERY_MS = 15 * SECOND
"""Proxies drop a connection that says nothing for long."""


async def store_events(
    desk: Desk, store: str, cursor: int, language: Language, chosen: Chosen | None = None
) -> AsyncIterator[str]:
    """Yield events without end: `part` replaces a region, `decision` is one new line, each with the cursor as its id."""
    seen: dict[str, str] = {}
    spoke_at = desk.clock.now()
    yield "retry: 2000\n\n"
    while True:
        events, cursor = await run_in_threadpool(_look, desk, store, cursor, language, seen, chosen)
        now = desk.clock.now()
        if not events and now - spoke_at >= ALIVE_EVERY_MS:
            events = [": alive\n\n"]
        for event in events:
            yield event
            spoke_at = now
        await desk.clock.sleep_until(now + LOOK_EVERY_MS)
        await asyncio.sleep(EYE_S)


def _look(
    desk: Desk,
    store: str,
    cursor: int,
    language: Language,
    seen: dict[str, str],
    chosen: Chosen | None,
) -> tuple[list[str], int]:
    """Return the events since `cursor` and the new cursor; `seen` holds a digest of each part as last sent."""
    events = []
    for line in read_lines(desk, store, cursor, language):
        html = desk.render("parts/line.html", language, line=line, fresh=True)
        cursor = max(cursor, line.seq)
        events.append(_event("decision", cursor, {"html": html}))
    snapshot = read_store(desk, store, language, chosen)
    for part in PARTS if chosen is None else (*PARTS, HEARING):
        html = desk.render(f"parts/{part}.html", language, **snapshot.context)
        digest = sha256(html.encode()).hexdigest()
        if seen.get(part) != digest:
            seen[part] = digest
            events.append(_event("part", cursor, {"part": part, "html": html}))
    return events, cursor


def _event(name: str, cursor: int, data: dict[str, str]) -> str:
    return f"event: {name}\nid: {cursor}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
