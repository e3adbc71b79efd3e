"""Messages that stand retained at the broker, such as each gateway's configuration: said again wherever they change."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import NoReturn

from protocol.clock import Clock
from protocol.instants import SECOND
from store_server.intake.broker import Connection

LOOK_EVERY_MS = 10 * SECOND
"""How long a changed plan may take to reach the gateways."""

Standing = Callable[[], Awaitable[Mapping[str, bytes]]]
"""Returns topic -> message as they should stand now."""

log = logging.getLogger(__name__)


async def nothing_stands() -> Mapping[str, bytes]:
    return {}


async def keep_standing(connection: Connection, clock: Clock, standing: Standing) -> NoReturn:
    """Publish what should stand, and from then on what has changed, for as long as a connection lasts."""
    said: dict[str, bytes] = {}
    while True:
        wanted = await standing()
        fresh = {topic: payload for topic, payload in wanted.items() if said.get(topic) != payload}
        for topic, payload in fresh.items():
            connection.publish(topic, payload, retain=True)
        said |= fresh
        if fresh:
            log.info("configuration of %d gateways published", len(fresh))
        await clock.sleep_until(clock.now() + LOOK_EVERY_MS)
