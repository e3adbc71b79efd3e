"""GET /v1/stream: server-sent events that say "your inbox changed" (SPEC 8; HTML standard, 9.2)."""

import asyncio
from collections.abc import AsyncGenerator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from store_server.db.session import reading
from store_server.delivery.inbox import etag, read_inbox
from store_server.web.api.deps import AppSide, Caller, Side, Who

router = APIRouter(tags=["app"])

KEEP_ALIVE_S = 20
"""Of silence before a comment: proxies close what is silent for a minute, and so we notice who left."""


@router.get("/v1/stream")
async def stream(side: Side, who: Who) -> StreamingResponse:
    """Stream `event: inbox` with the inbox's ETag as data, once at the start and at every change."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(side, who), media_type="text/event-stream", headers=headers)


async def _events(side: AppSide, who: Caller) -> AsyncGenerator[str, None]:
    told = None
    with side.watch.listen(who.shopper) as changed:
        yield "retry: 3000\n\n"
        while True:
            current = await asyncio.to_thread(_etag, side, who.shopper)
            if current != told:
                told = current
                yield f"event: inbox\ndata: {current}\n\n"
            try:
                async with asyncio.timeout(KEEP_ALIVE_S):
                    await changed.wait()
            except TimeoutError:
                yield ": still here\n\n"
            changed.clear()


def _etag(side: AppSide, shopper: str) -> str:
    with reading(side.engine) as session:
        return etag(read_inbox(session, shopper))
