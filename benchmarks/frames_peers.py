"""Peers of the frame benchmark, in their own environment: frames on standard input, frames per CPU-second out."""

import asyncio
import json
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

Frames = list[tuple[int, bytes, int]]
ROUNDS = 3


def ibeacon_ble(frames: Frames) -> Callable[[], None]:
    from home_assistant_bluetooth import BluetoothServiceInfo
    from ibeacon_ble import iBeaconParser

    parser = iBeaconParser()
    asyncio.run(parser.async_setup())
    heard = [
        BluetoothServiceInfo(
            name="",
            address="AA:BB:CC:DD:EE:FF",
            rssi=rssi,
            manufacturer_data={company: payload},
            service_data={},
            service_uuids=[],
            source="hci0",
        )
        for company, payload, rssi in frames
    ]

    def run() -> None:
        for one in heard:
            try:
                parser.parse(one)
            except IndexError:  # on a payload of one byte
                continue

    return run


def beacontools(frames: Frames) -> Callable[[], None]:
    from beacontools import parse_packet

    packets = [_advertisement(company, payload) for company, payload, _ in frames]

    def run() -> None:
        for packet in packets:
            try:
                parse_packet(packet)
            except Exception:  # noqa: BLE001  # a peer's own choice of what it raises on noise
                continue

    return run


def theengs(frames: Frames) -> Callable[[], None]:
    from TheengsDecoder import decodeBLE

    questions = [
        json.dumps(
            {
                "manufacturerdata": (struct.pack("<H", company) + payload).hex(),
                "id": "AA:BB:CC:DD:EE:FF",
                "rssi": rssi,
            }
        )
        for company, payload, rssi in frames
    ]

    def run() -> None:
        for question in questions:
            decodeBLE(question)

    return run


def _advertisement(company: int, payload: bytes) -> bytes:
    body = b"\xff" + struct.pack("<H", company) + payload
    return b"\x02\x01\x06" + bytes([len(body)]) + body


PEERS = {"ibeacon-ble": ibeacon_ble, "beacontools": beacontools, "TheengsDecoder": theengs}


def main() -> None:
    question: dict[str, Any] = json.load(sys.stdin)
    frames = [(company, bytes.fromhex(payload), rssi) for company, payload, rssi in question["frames"]]
    run = PEERS[question["peer"]](frames)
    seconds = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        run()
        seconds.append(time.process_time() - begun)
    print(len(frames) / min(seconds))


if __name__ == "__main__":
    main()
