"""No request body beyond reason: told by its length, or counted while it comes (RFC 9110, 15.5.14)."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from store_server.web.api.problems import problem

MAX_BODY = 1024 * 1024
"""500 of the longest profiles (PUT /v1/shoppers) are under 1 MB; doors that need less say so themselves."""


class BodyLimit:
    """ASGI middleware: no route ever holds more than `max_body` bytes of a request; the answer is 413."""

    def __init__(self, app: ASGIApp, max_body: int = MAX_BODY) -> None:
        self._app, self._max_body = app, max_body
        self._detail = f"A body of at most {max_body} bytes is expected."

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _told_length(scope) > self._max_body:
            await problem(413, self._detail, headers={"Connection": "close"})(scope, receive, send)
        else:
            await self._app(scope, self._counting(receive), send)

    def _counting(self, receive: Receive) -> Receive:
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > self._max_body:
                raise HTTPException(413, self._detail)
            return message

        return counted


def _told_length(scope: Scope) -> int:
    told = dict(scope["headers"]).get(b"content-length", b"0")
    return int(told) if told.isdigit() else 0
