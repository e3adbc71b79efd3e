"""Our whole gateway on one adapter, without a broker, until it would publish that a beacon is present: that message, then the end."""

import asyncio
import logging
import sys
from pathlib import Path

from gateway.clock import SteadyClock
from gateway.radio.bleak_radio import BleakRadio
from gateway.service import Gateway
from gateway.settings import BrokerSettings, Settings
from protocol.messages import Presence, decode
from protocol.topics import GatewayAddress
from tests.radio.guest.words import STORE_UUID

EVERY_MS = 500
NOBODY = BrokerSettings("127.0.0.1", 1_883, "milano/gw-1")


async def main(folder: Path, adapter: str) -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    clock = SteadyClock()
    settings = Settings(GatewayAddress("milano", "gw-1"), frozenset([STORE_UUID]), folder, NOBODY)
    gateway = Gateway(settings, clock, [BleakRadio(adapter, clock)])
    async with asyncio.TaskGroup() as group:
        running = group.create_task(gateway.run(), name="gateway")
        while not (said := await _said(gateway)):
            await clock.sleep_until(clock.now() + EVERY_MS)
        print(said, flush=True)
        running.cancel()


async def _said(gateway: Gateway) -> str:
    """Return the first message that waits in the spool and names a beacon."""
    if not gateway.spool.depth():
        return ""
    for message in await gateway.spool.after(0, gateway.spool.last_id, 100):
        if decode(Presence, message.payload).beacons:
            return message.payload.decode()
    return ""


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
