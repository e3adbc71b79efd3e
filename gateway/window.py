"""How much backlog may be on its way: as much as the line carries without holding up what is live. Pure."""

from dataclasses import dataclass

from protocol.instants import Instant

LARGEST = 100
"""With answers within a tenth of a second this is 1,000 messages a second, far above what a server is asked for."""
FIRST, SMALLEST = 20, 2
LATE_MS: Instant = 500
"""An ack this much later than the quickest waited behind our own backlog, and so would a live message."""


@dataclass(slots=True)
class Window:
    """One connection's: opens by one with each ack that came in time, and closes to half where one was late."""

    size: int = FIRST
    _quickest_ms: Instant | None = None
    _halved_at: Instant = 0

    def acked(self, sent_at: Instant, now: Instant) -> None:
        took_ms = now - sent_at
        if self._quickest_ms is None or took_ms < self._quickest_ms:
            self._quickest_ms = took_ms
        if took_ms <= self._quickest_ms + LATE_MS:
            self.size = min(self.size + 1, LARGEST)
        elif sent_at >= self._halved_at:
            # What was sent before the last halving says nothing about the size since.
            self.size, self._halved_at = max(self.size // 2, SMALLEST), now
