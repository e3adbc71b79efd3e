"""A bluetoothd in its own process that floods its bus with advertisements, and says what it signalled.

Run as `python -m benchmarks.flood BUS RATE BEACONS`; reads "go SECONDS" lines, answers each with a JSON line.
"""

import asyncio
import json
import sys

from protocol.frame import build_ibeacon
from protocol.identity import BeaconIdentity
from tests.fakes.bluez import FakeBluez

UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
TICK_S = 0.004
JUMP_DB = 10
"""From one advertisement of a beacon to its next: of less than 8 dB the newest BlueZ does not tell every scanner."""


async def main(bus: str, rate: float, beacons: int) -> None:
    bluez = await FakeBluez(bus).start()
    bluez.add_adapter()
    loop = asyncio.get_running_loop()
    addresses = [f"C0:11:22:33:{n >> 8:02X}:{n & 255:02X}" for n in range(beacons)]
    payloads = [build_ibeacon(BeaconIdentity(UUID, 1, n), -59) for n in range(beacons)]
    print(json.dumps({"ready": True}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        word, *rest = line.split()
        if word == "scanning":
            print(json.dumps(sorted(bluez.scanning())), flush=True)
            continue
        signalled, sent, began = 0, 0, loop.time()
        while (elapsed := loop.time() - began) < float(rest[0]):
            while sent < elapsed * rate:
                one = sent % beacons
                signalled += bluez.advertise(
                    addresses[one], payloads[one], -60 - JUMP_DB * (sent // beacons % 2)
                )
                sent += 1
            await asyncio.sleep(TICK_S)
        print(json.dumps({"sent": sent, "signalled": signalled}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3])))
