"""What a gateway's memory does over a million advertisements of 50,000 ids: whole gateway, simulated radio, its own process."""

import asyncio
import json
import os
import tempfile
from pathlib import Path

from gateway.clock import SteadyClock
from gateway.radio.simulated import SimulatedRadio
from gateway.service import Gateway
from gateway.settings import BrokerSettings, Settings
from protocol.frame import build_ibeacon
from protocol.identity import BeaconIdentity
from protocol.topics import GatewayAddress

UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
IDS, ADVERTISEMENTS, WARM = 50_000, 1_000_000, 100_000
BATCH = 500
NO_BROKER_PORT = 9


def rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def main(folder: Path) -> None:
    clock = SteadyClock()
    radio = SimulatedRadio(clock)
    broker = BrokerSettings("127.0.0.1", NO_BROKER_PORT, "nobody")
    settings = Settings(GatewayAddress("bench", "gw-memory"), frozenset({UUID}), folder, broker)
    gateway = Gateway(settings, clock, [radio])
    warm_mb = 0.0
    async with asyncio.TaskGroup() as group:
        running = group.create_task(gateway.run())
        await asyncio.sleep(0.5)
        for n in range(ADVERTISEMENTS):
            minor = n * 7919 % IDS
            radio.air(build_ibeacon(BeaconIdentity(UUID, 1 + minor // 1_000, minor), -59), -60 - n % 20)
            if n % BATCH == 0:
                await asyncio.sleep(0)
            if n == WARM:
                warm_mb = rss_mb()
        running.cancel()
    print(json.dumps({"growth_mb": round(rss_mb() - warm_mb, 1), "rss_mb": round(rss_mb(), 1)}))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(main(Path(folder)))
