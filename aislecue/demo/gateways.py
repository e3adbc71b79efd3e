"""The store's gateways: the real program with a simulated radio, one for each place on the plan."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from aislecue.demo.accounts import GatewayEnd
from aislecue.demo.broker import BrokerDoor
from gateway.radio.simulated import SimulatedRadio
from gateway.service import Gateway
from gateway.settings import BrokerSettings, Settings
from protocol.clock import Clock
from protocol.instants import Instant
from protocol.plan import StorePlan
from protocol.topics import GatewayAddress


@dataclass(frozen=True, slots=True)
class Fleet:
    """Gateways and the radios that feed them, by gateway id."""

    gateways: dict[str, Gateway]
    radios: dict[str, SimulatedRadio]
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def stop(self, name: str) -> None:
        """Switch one gateway off, as if somebody had pulled its plug in an orderly way."""
        self._tasks[name].cancel()
        await asyncio.wait([self._tasks[name]])

    def connecting(self) -> str | None:
        """Return which gateway has no connection, or None."""
        without = [name for name, one in self.gateways.items() if not one.uplink.connected]
        return f"no connection yet of {without}" if without else None

    def busy(self) -> str | None:
        """Return which gateway has still something unacknowledged, or None."""
        waiting = {name: one.spool.depth() for name, one in self.gateways.items() if one.spool.depth()}
        return f"unacknowledged at {waiting}" if waiting else None

    def ends(self) -> list[GatewayEnd]:
        return [
            GatewayEnd(one.settings.address.store, name, one.spool.last_id, one.spool.depth())
            for name, one in self.gateways.items()
        ]


@asynccontextmanager
async def running_gateways(
    plan: StorePlan, door: BrokerDoor, folder: Path, clock: Clock, random: Random, presence_every_ms: Instant
) -> AsyncIterator[Fleet]:
    """Run every gateway of the plan for as long as the context lasts."""
    fleet = Fleet({}, {})
    for place in plan.gateways:
        radio = SimulatedRadio(clock)
        settings = _settings(plan, place.id, door, folder)
        fleet.radios[place.id] = radio
        fleet.gateways[place.id] = Gateway(
            settings,
            clock,
            [radio],
            presence_every_ms=presence_every_ms,
            random=Random(random.random()),  # noqa: S311
        )
    async with asyncio.TaskGroup() as group:
        for name, one in fleet.gateways.items():
            fleet._tasks[name] = group.create_task(one.run(), name=name)
        try:
            yield fleet
        finally:
            for task in fleet._tasks.values():
                task.cancel()


def _settings(plan: StorePlan, gateway: str, door: BrokerDoor, folder: Path) -> Settings:
    return Settings(
        address=GatewayAddress(plan.id, gateway),
        allowed_uuids=plan.allowed_uuids,
        data_dir=folder / gateway,
        broker=BrokerSettings(door.host, door.port, door.username, door.password),
        adapters=("simulated",),
    )
