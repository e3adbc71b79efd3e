"""A private system bus with a fake bluetoothd on it; real bleak finds both where it always looks."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bleak.backends.bluezdbus.manager import _global_instances

from tests.fakes.bluez import FakeBluez
from tests.fakes.system_bus import SystemBus


@pytest.fixture
async def system_bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SystemBus]:
    bus = SystemBus(tmp_path)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
    bus.start()
    yield bus
    await _close_bleak()
    bus.stop()


async def _close_bleak() -> None:
    # bleak keeps one connection for the life of an event loop, and every test has its own loop.
    kept = _global_instances.pop(asyncio.get_running_loop(), None)
    if kept is not None and kept._bus is not None:
        kept._bus.disconnect()
        if kept._bus_watcher_task is not None:
            await asyncio.wait([kept._bus_watcher_task])


@pytest.fixture
async def bluez(system_bus: SystemBus) -> AsyncIterator[FakeBluez]:
    fake = await FakeBluez(system_bus.address).start()
    yield fake
    await fake.crash()
