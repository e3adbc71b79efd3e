"""The rendered script on a private bus: what bluetoothd reads from it is our frame, and it ends when it is let go."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from protocol.frame import APPLE_COMPANY_ID, parse_ibeacon
from protocol.identity import BeaconIdentity
from tests.fakes.advertising import FakeAdvertising
from tests.fakes.system_bus import SystemBus
from tests.firmware_configs.plans import UUID, rendered

PATIENCE_S = 20
HOME = "beacons/bluez"


@asynccontextmanager
async def beacon_on(bus: SystemBus, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    files = rendered().files
    for name in ("advertise.py", "BLU-1.json"):
        (folder / name).write_text(files[f"{HOME}/{name}"])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        folder / "advertise.py",
        folder / "BLU-1.json",
        env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus.address},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture
async def bluez(tmp_path: Path) -> AsyncIterator[tuple[FakeAdvertising, SystemBus]]:
    bus = SystemBus(tmp_path).start()
    fake = await FakeAdvertising(bus.address).start()
    yield fake, bus
    await fake.stop()
    bus.stop()


async def registered(fake: FakeAdvertising) -> dict[str, object]:
    read = await asyncio.wait_for(fake.registered.get(), PATIENCE_S)
    return {name: variant.value for name, variant in read.items()}


async def test_it_advertises_the_frame(bluez: tuple[FakeAdvertising, SystemBus], tmp_path: Path) -> None:
    fake, bus = bluez
    async with beacon_on(bus, tmp_path) as process:
        told = await registered(fake)
        data = told.pop("ManufacturerData")
        assert isinstance(data, dict)
        frame = parse_ibeacon(bytes(data[APPLE_COMPANY_ID].value))
        assert frame == (BeaconIdentity(UUID, 513, 14), -68)
        assert told == {"Type": "broadcast", "MinInterval": 200, "MaxInterval": 200, "TxPower": -12}
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0


@pytest.mark.parametrize("how", ["released", "bluetoothd-gone"])
async def test_it_ends_when_it_is_let_go(
    bluez: tuple[FakeAdvertising, SystemBus], tmp_path: Path, how: str
) -> None:
    fake, bus = bluez
    async with beacon_on(bus, tmp_path) as process:
        await registered(fake)
        await (fake.release() if how == "released" else fake.stop())
        assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 1


async def test_a_refusal_is_told(bluez: tuple[FakeAdvertising, SystemBus], tmp_path: Path) -> None:
    fake, bus = bluez
    fake.refuses = True
    async with beacon_on(bus, tmp_path) as process:
        _, said = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        assert process.returncode == 1
        assert b"Maximum advertisements reached" in said


def test_the_installing_script_is_one(tmp_path: Path) -> None:
    script = tmp_path / "install.sh"
    script.write_text(rendered().files[f"{HOME}/install.sh"])
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0
    refused = subprocess.run(["sh", script, "BLU-9"], capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stderr) == (2, "a beacon beside this file expected, got BLU-9\n")
