"""A server, mosquitto with TLS and one whole gateway that is enrolled there: what several stories begin with."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

from fastapi import FastAPI

from gateway.clock import SteadyClock
from gateway.radio.simulated import SimulatedRadio
from gateway.service import Gateway
from gateway.settings import Settings as PiSettings
from protocol.topics import GatewayAddress
from store_server.app import Server, create_app
from store_server.applying import File, apply_plans
from store_server.db.session import open_database, writing
from store_server.db.tables import GatewayCertificate
from store_server.fleet.config import ConfigSigner
from tests.fakes.clock import ManualClock
from tests.store_server.shop import OPENING, furnish
from tests.tls_broker import TlsMosquitto, gateway_settings, store_settings

HERE = GatewayAddress("milan", "gw-shoes")
FIRST_UUID = "00000000-5f4c-4d5f-9f1e-0a6e0b8f2d10"


class Serving(NamedTuple):
    """A running server and the clock it goes by."""

    app: FastAPI
    clock: ManualClock


@contextmanager
def broker_in(folder: Path) -> Iterator[TlsMosquitto]:
    directory = folder / "mosquitto"
    directory.mkdir()
    running = TlsMosquitto(directory, folder=folder / "data")
    running.start()
    yield running
    running.stop()


@asynccontextmanager
async def serving(broker: TlsMosquitto, *roles: str) -> AsyncIterator[Serving]:
    """A server whose one gateway is enrolled, connected to the broker by its own certificate."""
    clock = ManualClock(OPENING)
    app = create_app(store_settings(broker, *roles), clock)
    async with app.router.lifespan_context(app):
        assert isinstance(app.state.server, Server)
        yield Serving(app, clock)


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
