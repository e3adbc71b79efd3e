"""Serve the application until told to stop, or until one of its parts fails."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator

import uvicorn

from store_server.app import create_app
from store_server.settings import Settings

CLOSE_S = 3
"""Streams of open pages do not end by themselves: uvicorn would wait for them (FIELD-NOTES, Server)."""


async def serve(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; return the exit code: 0 stopped, 1 a part failed. Raises BadInput if it must not start."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=CLOSE_S,
    )
    web = _Web(config)
    try:
        async with app.router.lifespan_context(app):
            await web.serve()
    except (BaseExceptionGroup, SystemExit):
        return 1  # logged where it failed (a part, or the port); everything taken in is durable
    return 0


class _Web(uvicorn.Server):
    """uvicorn as one part of the program: a signal ends it, and then the other parts close in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)
