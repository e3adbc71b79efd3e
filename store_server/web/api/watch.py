"""Tells open streams that a shopper's inbox changed, whichever process changed it (SPEC 8, GET /v1/stream)."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from sqlalchemy import Engine, func
from sqlmodel import col, select

from protocol.clock import Clock
from protocol.instants import SECOND, Instant
from store_server.db.session import reading
from store_server.db.tables import Outbox

LOOK_EVERY_MS: Instant = 1 * SECOND
"""One query for all streams of this process; nobody listening, no query."""


class InboxWatch:
    """Subscribers by shopper; `run` looks for them all."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._listeners: dict[str, set[asyncio.Event]] = {}
        self._seen: dict[str, Instant] = {}

    @contextmanager
    def listen(self, shopper: str) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever this shopper's inbox may have changed."""
        changed = asyncio.Event()
        self._listeners.setdefault(shopper, set()).add(changed)
        try:
            yield changed
        finally:
            self._listeners[shopper].discard(changed)
            if not self._listeners[shopper]:
                del self._listeners[shopper]
                self._seen.pop(shopper, None)

    @property
    def listeners(self) -> int:
        """Return how many shoppers somebody listens for."""
        return len(self._listeners)

    async def run(self) -> NoReturn:
        """Look until cancelled."""
        while True:
            if self._listeners:
                self._tell(await asyncio.to_thread(self._changes, list(self._listeners)))
            await self._clock.sleep_until(self._clock.now() + LOOK_EVERY_MS)

    def _changes(self, shoppers: list[str]) -> dict[str, Instant]:
        newest = select(Outbox.shopper, func.max(Outbox.changed_at)).where(col(Outbox.shopper).in_(shoppers))
        with reading(self._engine) as session:
            return dict(session.exec(newest.group_by(col(Outbox.shopper))).all())

    def _tell(self, newest: dict[str, Instant]) -> None:
        for shopper, changed_at in newest.items():
            if self._seen.get(shopper) == changed_at:
                continue
            self._seen[shopper] = changed_at
            for listener in self._listeners.get(shopper, ()):
                listener.set()
