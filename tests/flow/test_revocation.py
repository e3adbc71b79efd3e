"""A gateway is revoked while it is connected: not listened to at once, cut off and kept out without the broker's restart (SPEC 7)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509

from aislecue.cli import main
from gateway.errors import BrokerFault
from gateway.link import Link, Will
from gateway.mqtt_session import open_session
from gateway.settings import BrokerSettings
from protocol.messages import Presence, WireInstant, encode
from protocol.topics import GatewayAddress, Leaf
from store_server.app import create_app
from store_server.clock import WallClock
from store_server.db.session import open_database, writing
from store_server.db.tables import GatewayCertificate
from store_server.fleet.broker_files import REVOKED
from tests.eventually import eventually
from tests.flow.enrolled_gateway import broker_in
from tests.store_server.shop import furnish, read_rows
from tests.tls_broker import TlsMosquitto, gateway_settings, real_now, store_settings

pytestmark = pytest.mark.timeout(150)

HERE, OTHER = GatewayAddress("milan", "gw-shoes"), GatewayAddress("milan", "gw-entrance")
KEPT = "SELECT count(*) FROM gateway_message WHERE gateway = ?"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TlsMosquitto]:
    with broker_in(tmp_path) as running:
        yield running


@asynccontextmanager
async def serving(broker: TlsMosquitto) -> AsyncIterator[None]:
    """A server that keeps the broker's list of revoked certificates."""
    app = create_app(store_settings(broker, crl_file=broker.directory / REVOKED), WallClock())
    async with app.router.lifespan_context(app):
        yield


def enrolled(broker: TlsMosquitto, address: GatewayAddress, folder: Path) -> BrokerSettings:
    settings, issued = gateway_settings(broker, address, folder)
    row = GatewayCertificate(
        serial=issued.serial,
        store=address.store,
        gateway=address.gateway,
        issued_at=real_now(),
        expires_at=issued.expires_at,
    )
    database = open_database(broker.folder / "aislecue.db")
    with writing(database) as session:
        session.add(row)
    database.dispose()
    return settings


@asynccontextmanager
async def connected(settings: BrokerSettings, address: GatewayAddress) -> AsyncIterator[Link]:
    will = Will(address.topic(Leaf.STATUS), b'"offline"')
    async with open_session(settings, settings.user, will, [address.topic(Leaf.ACK)]) as session:
        yield session


class Telling:
    """A gateway's presence, message by message."""

    def __init__(self, broker: TlsMosquitto, link: Link, address: GatewayAddress) -> None:
        self._broker, self._link, self._address = broker, link, address
        self.seq = 0

    def tell(self) -> None:
        self.seq += 1
        message = Presence(
            boot="00c0ffee", seq=self.seq, sent_at=WireInstant(real_now()), clock_synced=True, beacons=()
        )
        self._link.publish(self._address.topic(Leaf.PRESENCE), encode(message))

    def kept(self) -> int:
        ((count,),) = read_rows(self._broker.folder / "aislecue.db", KEPT, self._address.gateway)
        return int(count)


def listed(broker: TlsMosquitto) -> list[int]:
    """Return the serial numbers on the broker's list."""
    found = x509.load_pem_x509_crl((broker.directory / REVOKED).read_bytes())
    return [one.serial_number for one in found]


async def revoke(broker: TlsMosquitto) -> None:
    where = ["--store", HERE.store, "--gateway", HERE.gateway, "--data-dir", str(broker.folder)]
    assert await asyncio.to_thread(main, ["gateway", "revoke", *where]) == 0


async def test_a_revoked_gateway_is_not_listened_to_then_cut_off_and_kept_out(
    broker: TlsMosquitto, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    furnish(broker.folder / "aislecue.db")
    here, other = (enrolled(broker, one, tmp_path / one.gateway) for one in (HERE, OTHER))
    async with serving(broker), connected(here, HERE) as link, connected(other, OTHER) as others:
        revoked, well = Telling(broker, link, HERE), Telling(broker, others, OTHER)
        revoked.tell()
        await eventually(lambda: revoked.kept() == 1)

        with caplog.at_level(logging.WARNING, "store_server.intake.exit"):
            await revoke(broker)
            revoked.tell()
            await eventually(link.lost.is_set)
        assert revoked.kept() == 1, "it was listened to"
        assert "gw-shoes is revoked" in caplog.text
        ignored = read_rows(broker.folder / "aislecue.db", "SELECT reason FROM ignored_count")
        assert ("revoked_gateway",) in ignored

        # The broker has not read the list yet and would let it in; the path unit of its machine sees to that.
        async with connected(here, HERE) as back:
            again = Telling(broker, back, HERE)
            again.seq = revoked.seq
            again.tell()
            await eventually(lambda: len(listed(broker)) == 1)
        broker.reload()
        await eventually(lambda: broker.reloads() == 1)
        with pytest.raises(BrokerFault):
            async with connected(here, HERE):
                pass
        assert revoked.kept() == 1
        well.tell()
        await eventually(lambda: well.kept() == 1)
