"""Every task of the gateway under one roof: a task that ends is written down, told in health, and begun again."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from protocol.clock import Clock
from protocol.instants import MINUTE, SECOND, Instant

PAUSE_MS = (1 * SECOND, 60 * SECOND)
"""First and longest pause before a task that ended is begun again."""
SOUND_MS = 5 * MINUTE
"""A task that has run for this long since its last fault is well again."""

log = logging.getLogger(__name__)


@dataclass
class Supervision:
    """Faults of the tasks, by task name, until each has been well for a while."""

    clock: Clock
    _faults: dict[str, tuple[Instant, str]] = field(default_factory=dict)

    def faults(self) -> dict[str, str]:
        now = self.clock.now()
        return {name: text for name, (at, text) in self._faults.items() if now - at < SOUND_MS}

    async def keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` for ever: it is begun again whenever it ends, whatever the reason."""
        pause_ms = PAUSE_MS[0]
        while True:
            began = self.clock.now()
            try:
                await work()
                reason = "ended by itself"
            except Exception as fault:  # a task's top: the one place that may catch all
                reason = repr(fault)
                log.exception("%s ended", name)
            now = self.clock.now()
            self._faults[name] = (now, reason)
            pause_ms = PAUSE_MS[0] if now - began > SOUND_MS else min(pause_ms * 2, PAUSE_MS[1])
            await self.clock.sleep_until(now + pause_ms)
