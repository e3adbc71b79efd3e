"""The whole road in one place: a real gateway, mosquitto, the server, a push service and Firefox; time moves by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine

from aislecue.demo.web import listen, serving
from gateway.radio.simulated import SimulatedRadio
from gateway.service import Gateway
from gateway.settings import BrokerSettings
from gateway.settings import Settings as GatewaySettings
from protocol.frame import build_ibeacon
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, format_instant
from protocol.topics import GatewayAddress
from store_server.app import create_app
from store_server.db.session import open_database, writing
from store_server.db.tables import PlanRevision
from store_server.settings import Settings
from tests.brokers import SERVER, Mosquitto, gateway_account
from tests.browser.firefox import Firefox, open_firefox
from tests.browser.push_service import PushService
from tests.eventually import eventually
from tests.fakes.clock import ManualClock
from tests.store_server.shop import PLAN, SHOES, UUID, furnish, read_rows, revision

GATEWAY = GatewayAddress("milan", "gw-shoes")
BEACON = BeaconIdentity(UUID, 1, SHOES)
DWELL_S, WINDOW_S = 10, 2
LAG = 3
"""Presence messages under way while time goes on; the last ones are acknowledged a second later."""
SHORT_VISITS = """
policy: {exit_grace_s: 10, reentry_s: 5, leave_after_s: 10, visit_gap_s: 20, upload_lag_s: 2, max_per_day: 9}
"""
CAMPAIGN = f"""
version: 1
id: shoes-help
name: "Shoes: help choosing"
status: live
stores: [milan]
trigger: {{on: dwell, zone: shoes, after_s: {DWELL_S}, within: far}}
trust: corroborated
message: {{en: {{title: "Need a hand with shoes?", body: "Ask Anna at the desk."}}}}
"""


@dataclass
class Road:
    """Everything from the beacon to the notification; `walk` is the reference phone's part."""

    clock: ManualClock
    url: str
    database: Path
    engine: Engine
    radio: SimulatedRadio
    gateway: Gateway
    push: PushService
    firefox: Firefox
    http: httpx.AsyncClient
    gateway_task: asyncio.Task[None] = field(repr=False)
    _sightings: int = 0

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return read_rows(self.database, sql)

    async def pass_s(self, seconds: int) -> None:
        """Let time pass; every second the beacon sends and the gateway tells the server what it heard."""
        for _ in range(seconds):
            self.radio.air(build_ibeacon(BEACON, -59), -60)
            await self.clock.pass_ms(1 * SECOND)
            if not self.gateway_task.done():
                await eventually(lambda: self.gateway.spool.depth() <= LAG)

    async def stop_gateway(self) -> None:
        """Take the gateway off its power."""
        self.gateway_task.cancel()
        await asyncio.wait((self.gateway_task,))
        await eventually(lambda: self.rows("SELECT status FROM gateway") == [("offline",)])

    async def opt_in(self) -> None:
        """Open the shopper page in Firefox and switch on what a message needs, as a thumb would."""
        await self.firefox.open(f"{self.url}/shop/")
        await self.firefox.until("!document.getElementById('choices').hidden")
        for purpose in ("proximity", "push", "personalisation"):
            await self.firefox.run(f"document.getElementById('{purpose}').click()")
        await self.firefox.run("document.getElementById('save').click()")
        await self.firefox.until("!document.getElementById('inbox').hidden")
        await eventually(lambda: self.rows("SELECT * FROM push_address"))

    async def phone_tells(self, kind: str) -> dict[str, Any]:
        """Post one region event as the phone of the shopper who opted in."""
        self._sightings += 1
        sighting = {
            "id": f"s{self._sightings}",
            "at": format_instant(self.clock.now()),
            "uuid": BEACON.uuid,
            "major": BEACON.major,
            "minor": BEACON.minor,
            "kind": kind,
        }
        headers = {"Authorization": f"Bearer {await self.firefox.run('credential.read()')}"}
        answer = await self.http.post("/v1/sightings", json={"sightings": [sighting]}, headers=headers)
        assert answer.status_code == 202, answer.text
        taken: dict[str, Any] = answer.json()
        return taken

    async def dwell(self) -> None:
        """Come to the shoes with the phone in a pocket, and stay until the message was decided."""
        assert (await self.phone_tells("enter"))["accepted"] == 1
        await self.pass_s(DWELL_S + WINDOW_S + 1)

    async def leave(self) -> None:
        """Go, and be gone long enough for the visit to have ended."""
        await self.phone_tells("exit")
        await self.pass_s(25)

    def apply(self, campaign: str, number: int) -> None:
        with writing(self.engine) as session:
            session.add(revision(campaign, number))


@asynccontextmanager
async def open_road(folder: Path) -> AsyncIterator[Road]:
    """Start every part; nothing of it is on any other machine."""
    (folder / "mosquitto").mkdir()
    broker = Mosquitto(folder / "mosquitto", gateways=(GATEWAY,)).start()
    try:
        async with _open(folder, broker) as road:
            yield road
    finally:
        broker.stop()


@asynccontextmanager
async def _open(folder: Path, broker: Mosquitto) -> AsyncIterator[Road]:
    clock, push = ManualClock(), PushService()
    gateway, radio = _gateway(folder, broker, clock)
    door, push_door = listen(), listen()
    push_port = push_door.getsockname()[1]
    push.origin = f"http://localhost:{push_port}"
    settings = _settings(folder, broker, door.getsockname()[1])
    _furnish(settings)
    engine = open_database(settings.database)
    async with (
        serving(push.app, push_door),
        serving(create_app(settings, clock), door),
        open_firefox(folder / "firefox", f"ws://localhost:{push_port}/") as firefox,
        httpx.AsyncClient(base_url=settings.public_url) as http,
        asyncio.TaskGroup() as group,
    ):
        task = group.create_task(gateway.run(), name="gateway")
        road = Road(
            clock, settings.public_url, settings.database, engine, radio, gateway, push, firefox, http, task
        )
        await eventually(lambda: gateway.uplink.connected)
        yield road
        task.cancel()
    engine.dispose()


def _settings(folder: Path, broker: Mosquitto, port: int) -> Settings:
    return Settings(
        data_dir=folder / "server",
        port=port,
        public_url=f"http://localhost:{port}",
        mqtt_host="127.0.0.1",
        mqtt_port=broker.port,
        mqtt_username=SERVER.user,
        mqtt_password=SERVER.password,
        push_allow_loopback=True,
    )


def _furnish(settings: Settings) -> None:
    furnish(settings.database, [CAMPAIGN], shoppers=[])
    engine = open_database(settings.database)
    with writing(engine) as session:
        session.add(
            PlanRevision(store="milan", revision=2, text=PLAN + SHORT_VISITS, applied_at=0, applied_by="test")
        )
    engine.dispose()


def _gateway(folder: Path, broker: Mosquitto, clock: ManualClock) -> tuple[Gateway, SimulatedRadio]:
    account = gateway_account(GATEWAY)
    settings = GatewaySettings(
        address=GATEWAY,
        allowed_uuids=frozenset((UUID,)),
        data_dir=folder / "gateway",
        broker=BrokerSettings("127.0.0.1", broker.port, account.user, account.password),
        adapters=("simulated",),
    )
    radio = SimulatedRadio(clock)
    return Gateway(settings, clock, [radio]), radio
