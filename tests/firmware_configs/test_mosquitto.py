"""The rendered mosquitto configuration, on a real mosquitto: who may say and hear what (SPEC 7)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from firmware_configs.mosquitto import Account, BrokerPlan, TlsFiles, render_mosquitto
from protocol.messages import MAX_MESSAGE_BYTES
from protocol.topics import GatewayAddress, Leaf, every_gateway
from tests.brokers import GATEWAYS, SECOND_SERVER, SERVER, STORE, Mosquitto, gateway_account

HERE, THERE = GATEWAYS[:2]
WAIT_S = 5


@contextmanager
def connected(port: int, account: Account) -> Iterator[tuple[paho.Client, Queue[tuple[str, bytes]]]]:
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5, client_id="whatever")
    heard: Queue[tuple[str, bytes]] = Queue()
    refused: list[ReasonCode] = []
    up = threading.Event()

    def on_connect(_c: paho.Client, _u: object, _f: object, code: ReasonCode, _p: Properties | None) -> None:
        if code.is_failure:
            refused.append(code)
        up.set()

    client.on_connect = on_connect
    client.on_message = lambda _c, _u, message: heard.put((message.topic, bytes(message.payload)))
    client.username_pw_set(account.user, account.password)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        assert up.wait(WAIT_S)
        if refused:
            raise PermissionError(str(refused[0]))
        yield client, heard
    finally:
        client.disconnect()
        client.loop_stop()


def subscribe(client: paho.Client, topic: str) -> None:
    done = threading.Event()
    client.on_subscribe = lambda *_: done.set()
    client.subscribe(topic, 1)
    assert done.wait(WAIT_S)


def publish(client: paho.Client, topic: str, payload: bytes) -> None:
    client.publish(topic, payload, 1).wait_for_publish(WAIT_S)


def test_a_gateway_is_heard_by_the_server_and_answered(mosquitto: Mosquitto) -> None:
    with (
        connected(mosquitto.port, SERVER) as (server, up),
        connected(mosquitto.port, gateway_account(HERE)) as (gateway, down),
    ):
        subscribe(server, every_gateway(Leaf.PRESENCE, "intake"))
        subscribe(gateway, HERE.topic(Leaf.ACK))
        publish(gateway, HERE.topic(Leaf.PRESENCE), b"{}")
        assert up.get(timeout=WAIT_S) == (HERE.topic(Leaf.PRESENCE), b"{}")
        publish(server, HERE.topic(Leaf.ACK), b"[]")
        assert down.get(timeout=WAIT_S) == (HERE.topic(Leaf.ACK), b"[]")


def test_a_gateway_speaks_for_itself_only_and_never_as_the_server(mosquitto: Mosquitto) -> None:
    with (
        connected(mosquitto.port, SERVER) as (server, up),
        connected(mosquitto.port, gateway_account(HERE)) as (gateway, down),
    ):
        subscribe(server, every_gateway(Leaf.PRESENCE))
        subscribe(gateway, THERE.topic(Leaf.ACK))
        subscribe(gateway, HERE.topic(Leaf.ACK))
        publish(gateway, THERE.topic(Leaf.PRESENCE), b"forged")
        publish(gateway, GatewayAddress("rome", HERE.gateway).topic(Leaf.PRESENCE), b"forged")
        publish(gateway, HERE.topic(Leaf.ACK), b"forged")
        publish(server, THERE.topic(Leaf.ACK), b"not for you")
        publish(gateway, HERE.topic(Leaf.PRESENCE), b"true")
        publish(server, HERE.topic(Leaf.ACK), b"true")
        assert up.get(timeout=WAIT_S) == (HERE.topic(Leaf.PRESENCE), b"true")
        assert down.get(timeout=WAIT_S) == (HERE.topic(Leaf.ACK), b"true")
        assert up.empty()
        assert down.empty()


def test_workers_share_the_presence_between_them(mosquitto: Mosquitto) -> None:
    with (
        connected(mosquitto.port, SERVER) as (one, heard_by_one),
        connected(mosquitto.port, SECOND_SERVER) as (two, heard_by_two),
        connected(mosquitto.port, gateway_account(HERE)) as (gateway, _),
    ):
        subscribe(one, every_gateway(Leaf.PRESENCE, "intake"))
        subscribe(two, every_gateway(Leaf.PRESENCE, "intake"))
        for n in range(20):
            publish(gateway, HERE.topic(Leaf.PRESENCE), b"%d" % n)
        first = {heard_by_one.get(timeout=WAIT_S)[1] for _ in range(10)}
        second = {heard_by_two.get(timeout=WAIT_S)[1] for _ in range(10)}
        assert first | second == {b"%d" % n for n in range(20)}


@pytest.mark.parametrize("account", [Account("server", "wrong"), Account(f"{STORE}/gw-stranger", "x")])
def test_strangers_are_refused(mosquitto: Mosquitto, account: Account) -> None:
    with pytest.raises(PermissionError), connected(mosquitto.port, account):
        pass


def test_a_message_far_over_64_kib_does_not_pass(mosquitto: Mosquitto) -> None:
    with (
        connected(mosquitto.port, SERVER) as (server, up),
        connected(mosquitto.port, gateway_account(HERE)) as (gateway, _),
    ):
        subscribe(server, every_gateway(Leaf.PRESENCE))
        gateway.publish(HERE.topic(Leaf.PRESENCE), b"x" * (2 * MAX_MESSAGE_BYTES), 1)
        with connected(mosquitto.port, gateway_account(THERE)) as (other, _):
            publish(other, THERE.topic(Leaf.PRESENCE), b"x" * MAX_MESSAGE_BYTES)
        assert up.get(timeout=WAIT_S)[0] == THERE.topic(Leaf.PRESENCE)
        assert up.empty()


def test_without_tls_it_listens_on_loopback_only_and_with_tls_it_asks_for_certificates() -> None:
    plain = BrokerPlan("/d", 1883, [Account("milan/gw", "p")], [Account("server", "p")])
    assert "listener 1883 127.0.0.1" in render_mosquitto(plain)["mosquitto.conf"]
    tls = BrokerPlan("/d", 8883, [Account("milan/gw")], [Account("server")], TlsFiles("/ca", "/crt", "/key"))
    rendered = render_mosquitto(tls)
    assert "require_certificate true" in rendered["mosquitto.conf"]
    assert "passwords" not in rendered


@pytest.mark.parametrize("user", ["gw", "milan/+", "milan/gw/#", "Milan/gw", "milan/gw\nuser root"])
def test_a_user_name_that_could_widen_a_pattern_is_refused(user: str) -> None:
    with pytest.raises(ValueError, match="STORE/GATEWAY"):
        BrokerPlan("/d", 1883, [Account(user, "p")], [Account("server", "p")])
