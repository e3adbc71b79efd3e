"""Fixtures for the whole suite: real parts that several packages are tested against."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
from bleak.backends.bluezdbus.manager import _global_instances

from tests.brokers import Mosquitto
from tests.fakes.bluez import FakeBluez
from tests.fakes.system_bus import SystemBus

# Its plugin imports the library when a session ends, at which Python 3.11's parser can fail under deep call stacks.
_ = hypothesis


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """Run a mosquitto with our rendered configuration; skipped, with its reason, where there is none."""
    directory = tmp_path / "mosquitto"
    directory.mkdir()
    broker = Mosquitto(directory).start()
    yield broker
    broker.stop()


@pytest.fixture
async def system_bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SystemBus]:
    """Run a private dbus-daemon where bleak looks for the system bus; skipped, with its reason, where there is none."""
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
    """Run a bluetoothd of our own, without adapters as yet."""
    fake = await FakeBluez(system_bus.address).start()
    yield fake
    await fake.crash()
