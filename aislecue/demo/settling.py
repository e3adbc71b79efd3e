"""When an instant is over: nobody is awake, spools are acknowledged, nothing is due, the outbox has nothing to do."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from aislecue.demo.clock import SteppedClock
from protocol.clock import Clock

Ask: TypeAlias = Callable[[], str | None]
"""Says what is still under way, or None."""

PATIENCE_S = 20.0
"""Real seconds for one instant: a push times out after 10; longer than this, something has stopped for good."""
LOOK_EVERY_S = 0.001
TURNS = 3
"""Turns of the event loop after which whoever was woken has begun."""

_DUE = """
SELECT (SELECT count(*) FROM shopper_state WHERE due_at <= :now),
       (SELECT count(*) FROM outbox WHERE state IN ('queued', 'leased') AND (state = 'leased' OR lease_until <= :now))
"""


class NotSettled(Exception):
    """An instant that does not end; names what it waits for."""


class Ledgers:
    """Reads in the server's database what is due; a reader of its own, as any other program might be."""

    def __init__(self, database: Path, clock: Clock) -> None:
        self._clock = clock
        self._connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None)

    def close(self) -> None:
        self._connection.close()

    def busy(self) -> str | None:
        """Return what the server has still to do at this instant, or None."""
        due, unsent = self._connection.execute(_DUE, {"now": self._clock.now()}).fetchone()
        return f"{due} shoppers due, {unsent} messages to send" if due or unsent else None


async def settle(clock: SteppedClock, busy: Sequence[Ask]) -> None:
    """Return once this instant is over. Raises NotSettled where it does not end."""
    for _ in range(TURNS):
        await asyncio.sleep(0)
    await until_none(lambda: _awake(clock), *busy)


async def until_none(*busy: Ask) -> None:
    """Return once nothing of this is under way any more. Raises NotSettled."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + PATIENCE_S
    while (reason := next((reason for ask in busy if (reason := ask()) is not None), None)) is not None:
        if loop.time() > give_up_at:
            raise NotSettled(f"an end within {PATIENCE_S:g} s expected, got: {reason}")
        await asyncio.sleep(LOOK_EVERY_S)


def _awake(clock: SteppedClock) -> str | None:
    return f"awake: {', '.join(awake)}" if (awake := clock.awake()) else None
