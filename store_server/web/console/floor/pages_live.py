"""Routes of one store live: its floor, and the event stream of what changes on it."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response, StreamingResponse

from protocol.plan import StorePlan
from store_server.db.session import reading
from store_server.web.console.accounts.gate import STORES
from store_server.web.console.desk import Desk, query
from store_server.web.console.floor.hearing import choose
from store_server.web.console.floor.live import read_feed, read_store
from store_server.web.console.floor.stream import store_events

STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""A proxy that buffers would hold events back."""
LONGEST_SEARCH = 64


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add each store's live page."""

    @router.get("/stores/{store}")
    def live(request: Request, store: str, gateway: str = "", beacon: str = "", who: str = "") -> Response:
        language = desk.language(request)
        chosen = choose(_known(desk, store), gateway, beacon, who)
        # The feed first: what is decided in between comes again by the stream, and the page knows it by its number.
        lines, cursor = read_feed(desk, store, language)
        snapshot = read_store(desk, store, language, chosen)
        stream = {"after": cursor, "lang": language.code}
        asked = (gateway or beacon or who).strip()[:LONGEST_SEARCH]
        return desk.page(
            request,
            "live.html",
            **snapshot.context,
            lines=lines,
            chosen=chosen,
            asked=asked,
            nobody=bool(asked) and chosen is None,
            stream=query(f"{STORES}/{store}/live", **stream, **({chosen.kind: chosen.id} if chosen else {})),
        )

    @router.get("/stores/{store}/live")
    def stream(
        request: Request,
        store: str,
        after: int = 0,
        gateway: str = "",
        beacon: str = "",
        last_event_id: Annotated[int | None, Header()] = None,
    ) -> Response:
        chosen = choose(_known(desk, store), gateway, beacon, "")
        cursor = after if last_event_id is None else last_event_id
        events = store_events(desk, store, cursor, desk.language(request), chosen)
        return StreamingResponse(events, media_type="text/event-stream", headers=STREAM_HEADERS)


def _known(desk: Desk, store: str) -> StorePlan:
    """Refuse an unknown store before a stream begins: later there is no status to say it with."""
    with reading(desk.engine) as session:
        return desk.plan(session, store)
