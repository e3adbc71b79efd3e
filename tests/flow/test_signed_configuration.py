"""A changed plan reaches an enrolled gateway as a signed configuration: real server, mosquitto with TLS, whole gateway."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.clock import SteadyClock
from gateway.radio.simulated import SimulatedRadio
from gateway.service import Gateway
from gateway.settings import Settings as PiSettings
from protocol.topics import GatewayAddress
from store_server.app import Server, create_app
from store_server.applying import File, apply_plans
from store_server.db.session import open_database, writing
from store_server.db.tables import GatewayCertificate
from store_server.fleet.config import ConfigSigner, open_signer
from store_server.settings import Settings
from tests.brokers import SERVER
from tests.eventually import eventually
from tests.fakes.clock import ManualClock
from tests.store_server.shop import OPENING, PLAN, TAG_UUID, UUID, furnish
from tests.tls_broker import HOST, TlsMosquitto, gateway_settings

HERE = GatewayAddress("milan", "gw-shoes")
FIRST_UUID = "00000000-5f4c-4d5f-9f1e-0a6e0b8f2d10"
BASKET_UUID = "11111111-6a55-4a0e-8f0e-2b6f6f7d9a01"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TlsMosquitto]:
    directory = tmp_path / "mosquitto"
    directory.mkdir()
    running = TlsMosquitto(directory, folder=tmp_path / "data")
    running.start()
    yield running
    running.stop()


@asynccontextmanager
async def serving(broker: TlsMosquitto) -> AsyncIterator[ManualClock]:
    """A server whose one gateway is enrolled, connected to the broker by its own certificate."""
    data_dir, ours = broker.folder, broker.server_settings()
    settings = Settings(
        data_dir=data_dir,
        roles=frozenset({"intake"}),
        worker=SERVER.user,
        mqtt_host=HOST,
        mqtt_port=broker.port,
        mqtt_ca_file=ours.ca_file,
        mqtt_cert_file=ours.cert_file,
        mqtt_key_file=ours.key_file,
    )
    clock = ManualClock(OPENING)
    app = create_app(settings, clock)
    async with app.router.lifespan_context(app):
        assert isinstance(app.state.server, Server)
        yield clock


@asynccontextmanager
async def listening(broker: TlsMosquitto, folder: Path, signer: ConfigSigner) -> AsyncIterator[Gateway]:
    address, _ = gateway_settings(broker, HERE, folder)
    settings = PiSettings(
        HERE, frozenset({FIRST_UUID}), folder / "data", address, config_key=signer.public_key
    )
    clock = SteadyClock()
    gateway = Gateway(settings, clock, [SimulatedRadio(clock)])
    async with asyncio.TaskGroup() as group:
        running = group.create_task(gateway.run())
        yield gateway
        running.cancel()


def enrolled(data_dir: Path) -> None:
    furnish(data_dir / "aislecue.db")
    change(
        data_dir,
        GatewayCertificate(
            serial="1", store=HERE.store, gateway=HERE.gateway, issued_at=OPENING, expires_at=OPENING * 2
        ),
    )


def change(data_dir: Path, what: GatewayCertificate | str) -> None:
    database = open_database(data_dir / "aislecue.db")
    with writing(database) as session:
        if isinstance(what, str):
            apply_plans(session, [File("plan.yaml", what)], "anna", OPENING)
        else:
            session.add(what)
    database.dispose()


async def test_a_changed_plan_reaches_the_gateway(broker: TlsMosquitto, tmp_path: Path) -> None:
    enrolled(broker.folder)
    signer = open_signer(broker.folder)
    async with serving(broker) as clock, listening(broker, tmp_path / "pi", signer) as gateway:
        configuration = gateway.configuration
        assert configuration is not None
        await eventually(lambda: configuration.in_force.version == 1)
        assert configuration.in_force.allowed_uuids == {UUID, TAG_UUID}
        assert (await gateway.health(0)).config_version == 1
        # The server's acks prove it good.
        await eventually((tmp_path / "pi" / "data" / "config.json").exists)
        change(broker.folder, PLAN.replace(TAG_UUID, BASKET_UUID))
        clock.go(clock.now() + 10_000)
        await eventually(lambda: configuration.in_force.version == 2)
        assert configuration.in_force.allowed_uuids == {UUID, BASKET_UUID}
        assert "config" not in gateway.faults()


async def test_another_servers_key_is_not_obeyed_and_health_says_so(
    broker: TlsMosquitto, tmp_path: Path
) -> None:
    enrolled(broker.folder)
    stranger = open_signer(tmp_path / "strangers")
    async with serving(broker), listening(broker, tmp_path / "pi", stranger) as gateway:
        await eventually(lambda: "config" in gateway.faults())
        health = await gateway.health(0)
        assert health.config_version == 0
        assert "pinned at enrolment" in health.faults["config"]
        assert health.ignored["bad_signature"] == 1
