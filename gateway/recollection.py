"""What a gateway remembers of itself for a log bundle: its latest log lines and heartbeats, in memory, bounded."""

import logging
import time
from collections import deque

from protocol.messages import Health, encode

LINES = 1_000
LINE_LETTERS = 600
"""A traceback's beginning and end are worth a kilobyte at most."""
HEARTBEATS = 120
"""An hour of them."""


class LogRing(logging.Handler):
    """A log handler that keeps the latest lines; add it to a logger."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=LINES)
        written = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        written.converter = time.gmtime
        self.setFormatter(written)

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(_shortened(self.format(record)))

    def lines(self) -> list[str]:
        """Return what is remembered, oldest first."""
        return list(self._lines)


class Heartbeats:
    """The latest heartbeats, as they went out."""

    def __init__(self) -> None:
        self._kept: deque[bytes] = deque(maxlen=HEARTBEATS)

    def add(self, health: Health) -> bytes:
        """Remember one, and return it as it goes out."""
        payload = encode(health)
        self._kept.append(payload)
        return payload

    def kept(self) -> list[bytes]:
        """Return what is remembered, oldest first."""
        return list(self._kept)


def _shortened(line: str) -> str:
    half = LINE_LETTERS // 2
    return line if len(line) <= LINE_LETTERS else f"{line[:half]} […] {line[-half:]}"
