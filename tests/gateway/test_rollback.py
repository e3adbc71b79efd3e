"""The whole gateway on trial with a configuration that makes it deaf: back to the last good one within 90 s (SPEC 7)."""

import asyncio
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.radio.simulated import SimulatedRadio
from gateway.service import Gateway
from gateway.settings import BrokerSettings, Settings
from protocol.config import GatewayConfig
from protocol.frame import build_ibeacon
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND
from protocol.topics import Leaf
from store_server.fleet.config import ConfigSigner
from tests.brokers import GATEWAYS, Mosquitto, gateway_account
from tests.eventually import eventually
from tests.fakes.acker import Acker
from tests.fakes.clock import ManualClock

HERE = GATEWAYS[0]
SHOES = BeaconIdentity("8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10", 1, 21)
WRONG = "00000000-5f4c-4d5f-9f1e-0a6e0b8f2d10"


async def test_a_configuration_that_cuts_the_gateway_off_is_given_up(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    signer, clock, account = ConfigSigner(Ed25519PrivateKey.generate()), ManualClock(), gateway_account(HERE)
    broker = BrokerSettings("127.0.0.1", mosquitto.port, account.user, account.password)
    settings = Settings(
        HERE, frozenset({SHOES.uuid}), tmp_path / "gateway", broker, config_key=signer.public_key
    )
    radio = SimulatedRadio(clock)
    gateway = Gateway(settings, clock, [radio])
    wrong = GatewayConfig(store=HERE.store, gateway=HERE.gateway, version=2, allowed_uuids=(WRONG,))
    server = await asyncio.to_thread(Acker(mosquitto.port, acking=False).start)

    async def play(seconds: int) -> None:
        for _ in range(seconds):
            radio.air(build_ibeacon(SHOES, -59), -60)
            await clock.pass_ms(SECOND)
            # Files and sockets answer in real time.
            await asyncio.sleep(0.005)

    async with asyncio.TaskGroup() as group:
        running = group.create_task(gateway.run())
        await eventually(lambda: gateway.uplink.connected)
        await play(3)
        heard = gateway.decoder.heard
        assert heard > 0
        server.client.publish(HERE.topic(Leaf.CONFIG), signer.sign(wrong), qos=1, retain=True)
        configuration = gateway.configuration
        assert configuration is not None
        await eventually(lambda: configuration.in_force.version == 2)
        await play(85)
        assert gateway.decoder.heard == heard
        await play(10)
        assert gateway.decoder.heard > heard
        assert (await gateway.health(clock.now())).config_version == 0
        assert "neither server nor radio" in gateway.faults()["config"]
        running.cancel()
    await asyncio.to_thread(server.stop)
