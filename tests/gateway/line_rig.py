"""A whole gateway at the end of a shop's line, in virtual time; its spool is a real file."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from gateway.radio.simulated import SimulatedRadio
from gateway.service import Gateway
from gateway.settings import BrokerSettings, Settings
from protocol.frame import build_ibeacon
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant
from protocol.topics import GatewayAddress
from tests.eventually import eventually
from tests.fakes.clock import ManualClock
from tests.fakes.line import Line
from tests.store_server.shop import UUID

HERE = GatewayAddress("milan", "gw-shoes")
STEP_MS = 100
MBIT = 125_000
"""Bytes a second."""


def beacons(count: int) -> list[BeaconIdentity]:
    return [BeaconIdentity(UUID, 1, minor) for minor in range(1, count + 1)]


class Rig:
    """A gateway at the end of a line, in virtual time; its spool's thread is waited for."""

    def __init__(
        self,
        folder: Path,
        bytes_per_s: int,
        audible: int,
        *,
        clock: ManualClock | None = None,
        line: Line | None = None,
        broker: BrokerSettings | None = None,
    ) -> None:
        self.clock = clock or ManualClock()
        self.line = line or Line(self.clock, bytes_per_s=bytes_per_s, delay_ms=40)
        self.radio = SimulatedRadio(self.clock)
        broker = broker or BrokerSettings("127.0.0.1", 1883, "nobody")
        settings = Settings(HERE, frozenset({UUID}), folder, broker)
        self.gateway = Gateway(settings, self.clock, [self.radio], connect=self.line.connect)
        self._fading = Random(1)
        self.frames = [build_ibeacon(identity, -59) for identity in beacons(audible)]

    async def pass_ms(self, span_ms: Instant, step_ms: Instant = STEP_MS) -> None:
        for at in range(0, span_ms, step_ms):
            if at % SECOND == 0:
                for frame in self.frames:
                    self.radio.air(frame, -60 + self._fading.randint(-6, 6))
            await self.clock.pass_ms(step_ms)
            await self.gateway.spool.oldest_at()
            await self.clock.settle()

    def delays(self) -> list[Instant]:
        """Return how long each of this run's messages took to the server."""
        return [at - told.sent_at for at, told in self.line.arrived if told.boot == self.gateway.boot]


@asynccontextmanager
async def running(rig: Rig) -> AsyncIterator[Rig]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(rig.gateway.run())
        await eventually(lambda: rig.gateway.uplink.connected)  # its spool is opened in real time
        yield rig
        task.cancel()
