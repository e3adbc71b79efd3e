"""Bodies beyond reason never reach a route."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request

from store_server.web.api.body_limit import BodyLimit
from store_server.web.api.problems import add_problem_handlers


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    add_problem_handlers(app)

    @app.post("/echo")
    @app.post("/stores/milan/picture")
    async def echo(request: Request) -> int:
        return len(await request.body())

    limited = BodyLimit(app, max_body=100, larger={"/picture": 200})
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(limited), base_url="http://store.test"
    ) as client:
        yield client


async def chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 50


async def test_a_body_up_to_the_limit_passes(client: httpx.AsyncClient) -> None:
    assert (await client.post("/echo", content=b"x" * 100)).json() == 100
    assert (await client.post("/echo", content=chunks(2))).json() == 100


async def test_a_body_too_long_by_its_own_word_or_by_count_is_refused(client: httpx.AsyncClient) -> None:
    for content in (b"x" * 101, chunks(3)):
        answer = await client.post("/echo", content=content)
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_door_for_pictures_takes_more_and_not_without_end(client: httpx.AsyncClient) -> None:
    door = "/stores/milan/picture"
    assert (await client.post(door, content=chunks(4))).json() == 200
    assert (await client.post(door, content=chunks(5))).status_code == 413
    assert (await client.post(door, content=b"x" * 201)).status_code == 413
