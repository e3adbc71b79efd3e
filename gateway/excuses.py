"""Which silence is the radio's and no beacon's: a chip that filters doubles says nothing between its bursts (FIELD-NOTES). Pure."""

from protocol.instants import SECOND, Instant

SCAN_ROUND_MS: Instant = 15 * SECOND
"""Such a chip gives one burst in 10.5 s. Shorter pauses are its way; longer ones are deafness, of which no beacon is to blame."""


class Excuses:
    """Told of every look at a radio's count of frames; says how much of the time since then was deafness."""

    def __init__(self, now: Instant) -> None:
        self._heard, self._heard_at, self._excused_to = 0, now, now

    def look(self, now: Instant, heard: int) -> Instant:
        """Return the span that is to be excused now; a pause becomes one as a whole once it is too long."""
        if heard != self._heard:
            self._heard, self._heard_at, self._excused_to = heard, now, now
        if now - self._heard_at < SCAN_ROUND_MS:
            return 0
        span_ms = now - self._excused_to
        self._excused_to = now
        return span_ms
