"""How much backlog may be on its way: as much as the line carries without holding up what is live. Pure."""

from dataclasses import dataclass

from protocol.instants import SECOND, Instant

LARGEST = 100
"""With answers within a tenth of a second this is 1,000 messages a second, far above what a server is asked for."""
FIRST, SMALLEST = 20, 2
LATE_MS = 1 * SECOND
"""An ack that took longer waited behind our own backlog, and so would a live message."""


@dataclass(slots=True)
class Window:
    """Opens by one with each ack that came in time, and closes to half where one was late."""

    size: int = FIRST
    _halved_at: Instant = 0

    def acked(self, sent_at: Instant, now: Instant) -> None:
        if now - sent_at <= LATE_MS:
            self.size = min(self.size + 1, LARGEST)
        elif sent_at >= self._halved_at:
            # What was sent before the last halving says nothing about the size since.
            self.size, self._halved_at = max(self.size // 2, SMALLEST), now
