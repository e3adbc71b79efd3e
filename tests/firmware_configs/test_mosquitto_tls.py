"""The rendered TLS configuration on a real mosquitto: certificates say who speaks, and nobody speaks as another (SPEC 7)."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import BrokerFault
from gateway.link import Will
from gateway.mqtt_session import Session, open_session
from gateway.settings import BrokerSettings
from protocol.messages import MAX_MESSAGE_BYTES, encode_status
from protocol.topics import GatewayAddress, Leaf, every_gateway
from store_server.fleet.authority import open_authority
from tests.brokers import GATEWAYS
from tests.eventually import eventually
from tests.tls_broker import TlsMosquitto, gateway_settings, real_now

HERE, THERE = GATEWAYS[:2]
pahos_socket_is_left_to_the_collector = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
"""paho 2.1 does not close a socket whose handshake it broke off itself."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TlsMosquitto]:
    directory = tmp_path / "mosquitto"
    directory.mkdir()
    running = TlsMosquitto(directory, folder=tmp_path / "server")
    running.start()
    yield running
    running.stop()


def session(
    settings: BrokerSettings, topics: Sequence[str] = (), client_id: str = "whatever"
) -> AbstractAsyncContextManager[Session]:
    will = Will(HERE.topic(Leaf.STATUS), encode_status("offline"))
    return open_session(settings, client_id, will, topics or [HERE.topic(Leaf.ACK)])


async def test_a_gateway_speaks_for_itself_only(broker: TlsMosquitto, tmp_path: Path) -> None:
    settings, _ = gateway_settings(broker, HERE, tmp_path / "gateway")
    presence = every_gateway(Leaf.PRESENCE)
    async with session(broker.server_settings(), [presence]) as server, session(settings) as gateway:
        gateway.publish(THERE.topic(Leaf.PRESENCE), b"forged")
        gateway.publish(GatewayAddress("rome", HERE.gateway).topic(Leaf.PRESENCE), b"forged")
        gateway.publish(HERE.topic(Leaf.ACK), b"forged")
        server.publish(THERE.topic(Leaf.ACK), b"not for you")
        gateway.publish(HERE.topic(Leaf.PRESENCE), b"true")
        assert (await server.inbox.get()).payload == b"true"
        server.publish(HERE.topic(Leaf.ACK), b"true")
        assert (await gateway.inbox.get()).payload == b"true"
        assert server.inbox.empty()


async def test_nobody_takes_anothers_session_by_its_client_id(broker: TlsMosquitto, tmp_path: Path) -> None:
    here, _ = gateway_settings(broker, HERE, tmp_path / "here")
    there, _ = gateway_settings(broker, THERE, tmp_path / "there")
    name = f"{HERE.store}/{HERE.gateway}"
    async with session(here, client_id=name) as victim:
        async with session(there, [THERE.topic(Leaf.ACK)], client_id=name):
            assert not victim.lost.is_set()
        async with session(here, client_id="another"):
            # Its own second connection does take its place: the name in the certificate is the client id.
            await eventually(victim.lost.is_set)


async def test_without_a_certificate_of_our_own_authority_nobody_comes_in(
    broker: TlsMosquitto, tmp_path: Path
) -> None:
    settings, _ = gateway_settings(broker, HERE, tmp_path / "gateway")
    stranger = open_authority(tmp_path / "strangers", real_now())
    forged, _ = gateway_settings(broker, HERE, tmp_path / "forged", stranger)
    nameless = replace(settings, cert_file=None, key_file=None)
    with_password = replace(nameless, password="guess")
    plain = replace(with_password, ca_file=None)
    for refused in (forged, nameless, with_password, plain):
        with pytest.raises(BrokerFault):
            async with session(refused):
                pass


@pahos_socket_is_left_to_the_collector
async def test_a_broker_of_another_authority_or_name_is_not_spoken_to(
    broker: TlsMosquitto, tmp_path: Path
) -> None:
    settings, _ = gateway_settings(broker, HERE, tmp_path / "gateway")
    stranger = open_authority(tmp_path / "strangers", real_now())
    (tmp_path / "stranger.pem").write_text(stranger.pem)
    for refused in (
        replace(settings, ca_file=tmp_path / "stranger.pem"),
        replace(settings, host="localhost"),
    ):
        with pytest.raises(BrokerFault):
            async with session(refused):
                pass


@pahos_socket_is_left_to_the_collector
async def test_a_gateways_certificate_is_nobodys_broker(broker: TlsMosquitto, tmp_path: Path) -> None:
    """A stolen gateway must not stand in for the broker: its certificate is for clients only."""
    settings, issued = gateway_settings(broker, HERE, tmp_path / "gateway")
    broker.kill()
    (broker.directory / "broker.pem").write_text(issued.certificate)
    assert settings.key_file is not None
    (broker.directory / "broker.key").write_bytes(settings.key_file.read_bytes())
    broker.start()
    with pytest.raises(BrokerFault):
        async with session(settings):
            pass


async def test_a_message_over_64_kib_does_not_pass(broker: TlsMosquitto, tmp_path: Path) -> None:
    settings, _ = gateway_settings(broker, HERE, tmp_path / "gateway")
    async with session(broker.server_settings(), [every_gateway(Leaf.PRESENCE)]) as server:
        async with session(settings) as gateway:
            gateway.publish(HERE.topic(Leaf.PRESENCE), b"x" * (2 * MAX_MESSAGE_BYTES))
            await eventually(gateway.lost.is_set)
        async with session(settings) as gateway:
            gateway.publish(HERE.topic(Leaf.PRESENCE), b"x" * MAX_MESSAGE_BYTES)
            assert len((await server.inbox.get()).payload) == MAX_MESSAGE_BYTES


async def test_a_revoked_certificate_is_refused_and_others_are_not(
    broker: TlsMosquitto, tmp_path: Path
) -> None:
    lost, issued = gateway_settings(broker, HERE, tmp_path / "lost")
    other, _ = gateway_settings(broker, THERE, tmp_path / "other")
    async with session(lost):
        pass
    broker.refuse(issued)
    with pytest.raises(BrokerFault):
        async with session(lost):
            pass
    async with session(other, [THERE.topic(Leaf.ACK)]):
        pass
