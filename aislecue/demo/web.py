"""Serve an application on loopback from inside this process; the port is known before the application is made."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

HOST = "127.0.0.1"
CLOSE_S = 1
"""Streams of open pages do not end by themselves (uvicorn waits for them without this)."""


def listen(port: int = 0) -> socket.socket:
    """Return a socket bound to a loopback port; 0 means any that is free. Raises OSError."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError:
        bound.close()
        raise
    return bound


def url(bound: socket.socket) -> str:
    return f"http://{HOST}:{bound.getsockname()[1]}"


@asynccontextmanager
async def serving(app: Starlette, bound: socket.socket) -> AsyncIterator[None]:
    """Serve `app` for as long as the context lasts; it closes in order, whatever ended the context."""
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=CLOSE_S
    )
    server = _Server(config)
    # Entered here and not by uvicorn, so that a part of the application that fails ends the program.
    async with app.router.lifespan_context(app), asyncio.TaskGroup() as group:
        task = group.create_task(server.serve(sockets=[bound]), name="web server")
        await server.ready.wait()
        try:
            yield
        finally:
            server.should_exit = True
            await task


class _Server(uvicorn.Server):
    """uvicorn inside a program that keeps its own signals and wants to know when the door is open."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.ready.set()
