"""What becomes of a message that was said: held, put on the card with others, or sent unspooled (docs/adr/0003)."""

import asyncio
import logging
from pathlib import Path

from gateway.batch import Spooled
from gateway.clock import TrueTime
from gateway.errors import SpoolFault
from gateway.spool import Spool
from gateway.uplink import Uplink
from protocol.clock import Clock
from protocol.instants import SECOND, Instant
from protocol.topics import Leaf

SETTLE_AFTER_MS: Instant = 20 * SECOND
"""How long a message may be in memory only while no ack comes: a commit costs the card about 8 KB, whatever it holds. Said
every 8 s, three messages go down together: 39 MB a day without a server, where each by itself was 271 MB."""

log = logging.getLogger(__name__)


class Keeping:
    """Keeps messages for the server as the card allows; `fault` says why it does not."""

    def __init__(self, spool: Spool, uplink: Uplink, clock: Clock, true_time: TrueTime) -> None:
        self._spool, self._uplink, self._clock, self._true_time = spool, uplink, clock, true_time
        self._cardless: str | None = None
        """Why the card is not used in this run."""
        self._storing: str | None = None
        """Why the latest message could not be kept."""

    @property
    def fault(self) -> str | None:
        return self._storing or self._cardless or self._spool.fault

    async def open(self, folder: Path) -> None:
        """Open the card, or go on without it: a gateway whose card has died still hears, and says so."""
        try:
            await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
            await self._spool.open()
        except (OSError, SpoolFault) as fault:
            self._cardless = f"messages are kept in memory only: {fault}"
            log.error("spool: %s", self._cardless)
            await self._spool.open_in_memory()

    async def close(self) -> None:
        held = self._spool.depth()
        try:
            await self._spool.close()
        except SpoolFault as fault:
            log.error("spool: of %d messages the newest could not be put down: %s", held, fault)

    async def keep(self, message: Spooled) -> None:
        """Keep a message for the server; where the card takes none, send it unspooled rather than not at all."""
        now = self._clock.now()
        try:
            since = self._spool.held_since()
            if since is not None and now - since >= SETTLE_AFTER_MS:
                offset_ms = self._true_time.offset_ms()
                if offset_ms is None:
                    await self._spool.settle(None)
                else:
                    await self._spool.settle(now + offset_ms, {message.boot: offset_ms})
            await self._spool.hold(message, now)
        except SpoolFault as fault:
            if self._storing is None:
                log.error("spool: presence goes out unspooled: %s", fault)
            self._storing = str(fault)
            self._uplink.say(Leaf.PRESENCE, message.payload)
            return
        if self._storing is not None:
            log.info("spool: storing again")
            self._storing = None
        self._uplink.wake()
