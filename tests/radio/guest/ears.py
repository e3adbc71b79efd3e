"""Our whole gateway on the guest's own hci0, without a broker; twice a second it says as a JSON line what it has heard."""

import asyncio
import json
import logging
import sys
from pathlib import Path

from gateway.clock import SteadyClock
from gateway.radio.bleak_radio import BleakRadio
from gateway.service import Gateway
from gateway.settings import BrokerSettings, Settings
from protocol.instants import Instant
from protocol.topics import GatewayAddress
from tests.radio.guest.words import STORE_UUID, Look

EVERY_MS = 500
NOBODY = BrokerSettings("127.0.0.1", 1_883, "milano/gw-1")


async def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    clock = SteadyClock()
    settings = Settings(GatewayAddress("milano", "gw-1"), frozenset([STORE_UUID]), Path(sys.argv[1]), NOBODY)
    radio = BleakRadio("hci0", clock)
    gateway = Gateway(settings, clock, [radio])
    async with asyncio.TaskGroup() as group:
        group.create_task(gateway.run(), name="gateway")
        while True:
            print(json.dumps(_look(clock.now(), gateway, radio)), flush=True)
            await clock.sleep_until(clock.now() + EVERY_MS)


def _look(now: Instant, gateway: Gateway, radio: BleakRadio) -> Look:
    (hearing,) = gateway.hearings
    return {
        "at": now,
        "frames": gateway.decoder.heard - gateway.tracker.overflow,
        "beacons": len(gateway.tracker),
        "status": gateway.status(),
        "scan_path": radio.scan_path,
        "measured": {str(found.path): found.per_min for found in radio.measured},
        "steps": [(taken.at, f"{taken.step}: {taken.reason}") for taken in hearing.steps],
    }


if __name__ == "__main__":
    asyncio.run(main())
