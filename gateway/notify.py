"""Tell systemd that the gateway is up and gets on (sd_notify(3)); without systemd nobody is told."""

import logging
import socket
from collections.abc import Callable

from protocol.clock import Clock
from protocol.instants import SECOND

FEED_EVERY_MS = 30 * SECOND
"""A quarter of the unit's WatchdogSec: three feedings may slip before systemd acts."""

log = logging.getLogger(__name__)


class Systemd:
    """The notification socket named by NOTIFY_SOCKET, or nobody where it is None."""

    def __init__(self, address: str | None) -> None:
        self._address = address

    def say(self, text: str) -> bool:
        """Send one notification such as "READY=1"; return whether there was somebody to tell."""
        if not self._address:
            return False
        # A leading @ is the abstract namespace, a zero byte on the wire.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.sendto(text.encode(), address)
        except OSError as fault:
            log.warning("systemd cannot be told: %s", fault)
            return False
        return True


async def feed_watchdog(
    systemd: Systemd, clock: Clock, progress: Callable[[], int], status: Callable[[], str]
) -> None:
    """Feed the watchdog for ever, but only when `progress()` has grown since the last look."""
    seen = progress()
    while True:
        await clock.sleep_until(clock.now() + FEED_EVERY_MS)
        now = progress()
        if now > seen:
            systemd.say(f"WATCHDOG=1\nSTATUS={status()}")
        seen = now
