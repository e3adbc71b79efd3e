"""systemd is told of real progress only (sd_notify(3))."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.notify import FEED_EVERY_MS, Systemd, feed_watchdog
from tests.fakes.clock import ManualClock


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


def said(manager: socket.socket) -> list[str]:
    out = []
    while True:
        try:
            out.append(manager.recv(4_096).decode())
        except BlockingIOError:
            return out


async def test_the_watchdog_is_fed_by_progress_and_starved_by_its_absence(
    manager: socket.socket, tmp_path: Path
) -> None:
    clock, done = ManualClock(), [0]
    systemd = Systemd(str(tmp_path / "notify"))
    async with asyncio.TaskGroup() as group:
        feeding = group.create_task(feed_watchdog(systemd, clock, lambda: done[0], lambda: "online"))
        await clock.settle()
        done[0] += 5
        await clock.pass_ms(FEED_EVERY_MS)
        assert said(manager) == ["WATCHDOG=1\nSTATUS=online"]
        await clock.pass_ms(10 * FEED_EVERY_MS)
        assert said(manager) == []
        feeding.cancel()


def test_without_systemd_nobody_is_told(tmp_path: Path) -> None:
    assert not Systemd(None).say("READY=1")
    assert not Systemd(str(tmp_path / "gone")).say("READY=1")
