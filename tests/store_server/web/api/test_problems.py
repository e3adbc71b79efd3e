"""Errors that no client reads: they must not reach the server's log as faults of ours."""

from collections.abc import MutableMapping
from typing import Any

from fastapi import FastAPI, Request

from store_server.web.api.problems import add_problem_handlers


async def test_a_phone_that_goes_in_mid_upload_is_no_fault_of_the_server() -> None:
    app = FastAPI()
    add_problem_handlers(app)

    @app.post("/sightings")
    async def sightings(request: Request) -> int:
        return len([chunk async for chunk in request.stream()])

    coming: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"half", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/sightings", "query_string": b"", "headers": []}
    await app(scope, receive, send)
    assert sent[0]["status"] == 400
