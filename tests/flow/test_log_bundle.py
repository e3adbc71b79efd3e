"""An operator asks for a gateway's log bundle and takes it away: console, server, mosquitto with TLS, whole gateway, all real."""

import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from store_server.app import Server
from store_server.db.session import reading
from store_server.fleet.bundles import Asked, bundles_of
from store_server.fleet.config import open_signer
from tests.eventually import eventually
from tests.flow.enrolled_gateway import HERE, Serving, broker_in, enrolled, listening, serving
from tests.store_server.shop import TAG_UUID
from tests.tls_broker import TlsMosquitto

PAGE = f"/console/fleet/{HERE.store}/{HERE.gateway}"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TlsMosquitto]:
    with broker_in(tmp_path) as running:
        yield running


def desk(running: Serving) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=running.app)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", follow_redirects=True)


def newest(running: Serving) -> Asked:
    server: Server = running.app.state.server
    with reading(server.database) as session:
        return bundles_of(session, HERE)[0]


async def test_a_bundle_is_asked_for_and_taken_away(broker: TlsMosquitto, tmp_path: Path) -> None:
    enrolled(broker.folder)
    signer = open_signer(broker.folder)
    async with (
        serving(broker, "api") as running,
        listening(broker, tmp_path / "pi", signer) as gateway,
        desk(running) as operator,
    ):
        logging.getLogger("gateway").addHandler(gateway.log_ring)
        logging.getLogger("gateway").warning("a line of that afternoon")
        await eventually(lambda: gateway.uplink.connected)
        assert "waiting for its answer" in (await operator.post(f"{PAGE}/bundles")).text
        running.clock.go(running.clock.now() + 2_000)
        await eventually(lambda: newest(running).arrived_at)
        logging.getLogger("gateway").removeHandler(gateway.log_ring)
        assert "Download" in (await operator.get(PAGE)).text
        file = await operator.get(f"{PAGE}/bundles/{newest(running).id}")
        bundle = file.json()
        assert any("a line of that afternoon" in line for line in bundle["log"])
        assert bundle["health"][-1]["boot"] == gateway.boot
        assert {one["part"] for one in bundle["findings"]} >= {"disk", "clock", "certificate"}
        assert TAG_UUID in str(bundle["settings"]["allowed_uuids"]) or bundle["config_version"] == 1
        for secret in ("PRIVATE KEY", str(gateway.settings.broker.key_file)):
            assert secret not in file.text


async def test_a_gateway_that_is_away_is_said_to_be(broker: TlsMosquitto) -> None:
    enrolled(broker.folder)
    async with serving(broker, "api") as running, desk(running) as operator:
        await operator.post(f"{PAGE}/bundles")
        running.clock.go(running.clock.now() + 60_000)
        page = (await operator.get(PAGE)).text
        assert "not answered. The gateway now: Never heard" in page
