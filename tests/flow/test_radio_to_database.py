"""A frame on the air reaches the server's database: fake bluetoothd, real bleak, gateway, mosquitto, server."""

import asyncio
from pathlib import Path

from protocol.frame import build_ibeacon
from tests.brokers import Mosquitto
from tests.eventually import eventually
from tests.fakes.bluez import FakeBluez
from tests.programs import BEACON, HERE, StoreServer, gateway_program


async def test_a_frame_on_the_air_reaches_the_database(
    mosquitto: Mosquitto, bluez: FakeBluez, tmp_path: Path
) -> None:
    bluez.add_adapter()
    server = await asyncio.to_thread(StoreServer, tmp_path / "server", mosquitto.port)
    gateway = gateway_program(tmp_path / "gateway", mosquitto.port)
    server.program.start()
    gateway.start()
    try:
        await eventually(lambda: bluez.scanning() == {"active", "passive"}, 30)

        def kept() -> bool:
            bluez.advertise("C0:11:22:33:44:55", build_ibeacon(BEACON, -59), -60 - len(bluez.calls) % 2)
            return bool(server.presence())

        await eventually(kept, 30)
        assert server.presence() == [(HERE.store, HERE.gateway, *BEACON, "present")]
    finally:
        await asyncio.to_thread(gateway.stop)
        await asyncio.to_thread(server.program.stop)
