"""No request body beyond reason: told by its length, or counted while it comes (RFC 9110, 15.5.14)."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from store_server.web.api.problems import problem

MAX_BODY = 1024 * 1024
"""500 of the longest profiles (PUT /v1/shoppers) are under 1 MB; doors that need less say so themselves."""


class BodyLimit:
    """ASGI middleware: no route ever holds more than `max_body` bytes of a request; the answer is 413.

    `larger` has the few doors that take more, by the end of their path.
    """

    def __init__(
        self, app: ASGIApp, max_body: int = MAX_BODY, larger: Mapping[str, int] = MappingProxyType({})
    ) -> None:
        self._app, self._max_body, self._larger = app, max_body, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ends = (most for end, most in self._larger.items() if scope["path"].endswith(end))
        max_body = next(ends, self._max_body)
        if _told_length(scope) > max_body:
            await problem(413, _detail(max_body), headers={"Connection": "close"})(scope, receive, send)
        else:
            await self._app(scope, _counting(receive, max_body), send)


def _counting(receive: Receive, max_body: int) -> Receive:
    came = 0

    async def counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > max_body:
            raise HTTPException(413, _detail(max_body))
        return message

    return counted


def _detail(max_body: int) -> str:
    return f"A body of at most {max_body} bytes is expected."


def _told_length(scope: Scope) -> int:
    told = dict(scope["headers"]).get(b"content-length", b"0")
    return int(told) if told.isdigit() else 0
