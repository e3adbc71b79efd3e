"""A changed plan reaches an enrolled gateway as a signed configuration: real server, mosquitto with TLS, whole gateway."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store_server.fleet.config import open_signer
from tests.eventually import eventually
from tests.flow.enrolled_gateway import broker_in, change, enrolled, listening, serving
from tests.store_server.shop import PLAN, TAG_UUID, UUID
from tests.tls_broker import TlsMosquitto

BASKET_UUID = "11111111-6a55-4a0e-8f0e-2b6f6f7d9a01"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TlsMosquitto]:
    with broker_in(tmp_path) as running:
        yield running


async def test_a_changed_plan_reaches_the_gateway(broker: TlsMosquitto, tmp_path: Path) -> None:
    enrolled(broker.folder)
    signer = open_signer(broker.folder)
    async with serving(broker) as (_, clock), listening(broker, tmp_path / "pi", signer) as gateway:
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
