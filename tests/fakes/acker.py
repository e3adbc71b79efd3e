"""The server's half of the uplink, as small as it can be: remembers every presence message and acknowledges it."""

import threading
from collections import Counter
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from protocol.messages import Ack, Presence, decode, decode_status, encode
from protocol.topics import GatewayAddress, Leaf, every_gateway, parse_topic
from tests.brokers import SERVER


class Acker:
    """Connected until `stop`; with `acking` off it hears and says nothing."""

    def __init__(self, port: int, *, acking: bool = True) -> None:
        self.acking = acking
        self.heard: Counter[tuple[GatewayAddress, str, int]] = Counter()
        self.presences: list[Presence] = []
        self.statuses: list[tuple[GatewayAddress, str]] = []
        self.others: list[tuple[str, bytes]] = []
        self._up = threading.Event()
        self.client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self.client.username_pw_set(SERVER.user, SERVER.password)
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = lambda *_: self._up.set()
        self.client.on_message = self._on_message
        self.client.reconnect_delay_set(1, 1)
        lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        lasting.SessionExpiryInterval = 3_600
        self.client.connect_async("127.0.0.1", port, clean_start=False, properties=lasting)

    def start(self) -> "Acker":
        self.client.loop_start()
        assert self._up.wait(10)
        return self

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def seqs(self, boot: str) -> list[int]:
        return sorted(seq for _, b, seq in self.heard if b == boot)

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        client.subscribe(
            [(every_gateway(leaf), 1) for leaf in (Leaf.PRESENCE, Leaf.STATUS, Leaf.HEALTH, Leaf.RESULT)]
        )

    def _on_message(self, client: paho.Client, _u: Any, message: paho.MQTTMessage) -> None:
        address, leaf = parse_topic(message.topic)
        if leaf is Leaf.STATUS:
            self.statuses.append((address, decode_status(bytes(message.payload))))
        elif leaf is Leaf.PRESENCE:
            presence = decode(Presence, bytes(message.payload))
            self.presences.append(presence)
            self.heard[address, presence.boot, presence.seq] += 1
            if self.acking:
                ack = Ack(boot=presence.boot, seqs=((presence.seq, presence.seq),))
                client.publish(address.topic(Leaf.ACK), encode(ack), qos=1)
        else:
            self.others.append((message.topic, bytes(message.payload)))
