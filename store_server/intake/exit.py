"""The way out for a gateway whose certificate was revoked while it was connected: a broker does not look again by itself.

Mosquitto reads a new list of revoked certificates on SIGHUP and leaves the connections that stand. But a client id has one
connection: whoever comes in under a gateway's name, as this server's authority may, takes the place of the one before.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from typing import NoReturn

from protocol.clock import Clock
from protocol.instants import MINUTE, Instant
from protocol.topics import GatewayAddress
from store_server.intake.errors import BrokerFault

AGAIN_AFTER_MS: Instant = 1 * MINUTE
"""One that comes in again was let in by a broker that has not read the list; it is told so, and tried again."""

ShowOut = Callable[[GatewayAddress], Awaitable[None]]
"""Ends a gateway's connection at the broker. Raises BrokerFault."""

log = logging.getLogger(__name__)


async def nobody_is_shown_out(_address: GatewayAddress) -> None:
    return


class Exit:
    """Shows out whoever is seen, each at most once in AGAIN_AFTER_MS."""

    def __init__(self, clock: Clock, show_out: ShowOut) -> None:
        self._clock, self._show_out = clock, show_out
        self._shown_at: dict[GatewayAddress, Instant] = {}
        self._waiting: asyncio.Queue[GatewayAddress] = asyncio.Queue()

    def saw(self, revoked: Collection[GatewayAddress]) -> None:
        """Note revoked gateways that spoke."""
        now = self._clock.now()
        for address in revoked:
            before = self._shown_at.get(address)
            if before is None or now - before >= AGAIN_AFTER_MS:
                self._shown_at[address] = now
                self._waiting.put_nowait(address)
                self._tell(address, before)

    async def run(self) -> NoReturn:
        """Show out, one after the other, until cancelled."""
        while True:
            address = await self._waiting.get()
            try:
                await self._show_out(address)
            except BrokerFault as fault:
                log.warning("gateway %s/%s is revoked and could not be cut off: %s", *address, fault)

    def _tell(self, address: GatewayAddress, before: Instant | None) -> None:
        if before is None:
            log.warning("gateway %s/%s is revoked: not listened to, its connection is ended", *address)
        else:
            log.warning(
                "gateway %s/%s is revoked and came in again: the broker has not read the list of revoked"
                " certificates (docs/operations.md)",
                *address,
            )
