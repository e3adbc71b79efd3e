"""A gateway whose certificate is due comes in with a new one by itself: real server, mosquitto with TLS, whole gateway (SPEC 7)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from firmware_configs.mosquitto import gateway_user
from gateway.clock import SteadyClock
from gateway.errors import BrokerFault
from gateway.identity import RENEWED
from gateway.link import Will
from gateway.mqtt_session import open_session
from gateway.radio.simulated import SimulatedRadio
from gateway.service import Gateway
from gateway.settings import BrokerSettings
from gateway.settings import Settings as PiSettings
from protocol.instants import DAY
from protocol.topics import Leaf
from store_server.app import create_app
from store_server.clock import WallClock
from store_server.db.session import open_database, writing
from store_server.db.tables import GatewayCertificate
from store_server.fleet.authority import GATEWAY_LIFE
from store_server.fleet.broker_files import CA, REVOKED
from store_server.fleet.enrolment import revoke, revoked
from store_server.fleet.key_files import private_pem
from store_server.fleet.revocation import write_revocations
from tests.eventually import eventually
from tests.flow.enrolled_gateway import HERE, broker_in
from tests.store_server.shop import UUID, furnish, read_rows
from tests.tls_broker import HOST, TlsMosquitto, real_now, store_settings

pytestmark = pytest.mark.timeout(150)

ISSUED_AGO = GATEWAY_LIFE - 60 * DAY
"""Past two thirds and every jitter, well before its end."""


def enrolled(broker: TlsMosquitto, folder: Path) -> BrokerSettings:
    """Enrol a gateway, ten months ago."""
    at, key = real_now() - ISSUED_AGO, ec.generate_private_key(ec.SECP256R1())
    issued = broker.authority.sign_client(gateway_user(HERE), key.public_key(), at, GATEWAY_LIFE)
    database = open_database(broker.folder / "aislecue.db")
    with writing(database) as session:
        session.add(
            GatewayCertificate(
                serial=issued.serial, store=HERE.store, gateway=HERE.gateway, issued_at=at, expires_at=issued.expires_at
            )
        )  # fmt: skip
    database.dispose()
    folder.mkdir()
    (folder / "gateway.key").write_bytes(private_pem(key))
    (folder / "gateway.pem").write_text(issued.certificate)
    return BrokerSettings(
        HOST,
        broker.port,
        gateway_user(HERE),
        ca_file=broker.directory / CA,
        cert_file=folder / "gateway.pem",
        key_file=folder / "gateway.key",
    )


@asynccontextmanager
async def serving(broker: TlsMosquitto) -> AsyncIterator[None]:
    app = create_app(store_settings(broker), WallClock())
    async with app.router.lifespan_context(app):
        yield


@asynccontextmanager
async def listening(settings: PiSettings) -> AsyncIterator[Gateway]:
    clock = SteadyClock()
    gateway = Gateway(settings, clock, [SimulatedRadio(clock)])
    async with asyncio.TaskGroup() as group:
        running = group.create_task(gateway.run())
        yield gateway
        running.cancel()


def seqs(broker: TlsMosquitto) -> list[int]:
    rows = read_rows(broker.folder / "aislecue.db", "SELECT seq FROM gateway_message ORDER BY seq")
    return [seq for (seq,) in rows]


async def try_in(settings: BrokerSettings) -> None:
    will = Will(HERE.topic(Leaf.STATUS), b'"offline"')
    async with open_session(settings, settings.user, will, [HERE.topic(Leaf.ACK)]):
        pass


async def test_it_comes_in_with_a_new_certificate_and_is_kept_out_when_it_is_revoked(tmp_path: Path) -> None:
    with broker_in(tmp_path) as broker:
        furnish(broker.folder / "aislecue.db")
        enrolment = enrolled(broker, tmp_path / "etc")
        settings = PiSettings(HERE, frozenset({UUID}), tmp_path / "pi", enrolment)
        async with serving(broker):
            async with listening(settings) as gateway:
                identity = gateway._identity
                assert identity is not None
                await eventually(lambda: identity.broker.cert_file == tmp_path / "pi" / RENEWED, 100)
                await eventually(lambda: gateway.uplink.connected)
                before = len(seqs(broker))
                await eventually(lambda: len(seqs(broker)) >= before + 2, 30)
                assert gateway.faults().get("certificate") is None
                renewed = identity.broker
            kept = seqs(broker)
            assert kept == list(range(1, len(kept) + 1)), "messages were lost with the change"
            await try_in(renewed)
            await try_in(enrolment)  # counts until it runs out, or is revoked with the other

            database = open_database(broker.folder / "aislecue.db")
            with writing(database) as session:
                assert revoke(session, HERE, "anna", real_now()) == 2
                listed = revoked(session, real_now())
            database.dispose()
            write_revocations(broker.directory / REVOKED, broker.authority, listed, real_now())
            broker.reload()
            await eventually(lambda: broker.reloads() == 1)
            for shown in (renewed, enrolment):
                with pytest.raises(BrokerFault):
                    await try_in(shown)
