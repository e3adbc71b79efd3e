"""Time as a port: programs are handed a clock, so a test or the demo can hand them its own."""

from typing import Protocol

from protocol.instants import Instant


class Clock(Protocol):
    """What a program may know of time."""

    def now(self) -> Instant:
        """Return the current instant, milliseconds since 1970, UTC."""
        ...

    async def sleep_until(self, at: Instant) -> None:
        """Return at or soon after `at`; at once where it has passed."""
        ...
