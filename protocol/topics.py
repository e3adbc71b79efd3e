"""MQTT topics between gateway and server: aislecue/v1/{store}/{gateway}/{leaf} (SPEC 7)."""

from enum import StrEnum
from typing import NamedTuple

from protocol.errors import BadMessage
from protocol.reading import SLUG

ROOT = "aislecue/v1"
MAX_TOPIC_BYTES = 256
"""The longest topic of two slugs and a leaf is 149 bytes."""


class Leaf(StrEnum):
    """What a topic carries; its direction as seen from the gateway."""

    PRESENCE = "presence"
    HEALTH = "health"
    STATUS = "status"
    RESULT = "result"
    ACK = "ack"
    CONFIG = "config"
    COMMAND = "command"
    RENEWAL = "renewal"
    CERTIFICATE = "certificate"


UP = (Leaf.PRESENCE, Leaf.HEALTH, Leaf.STATUS, Leaf.RESULT, Leaf.RENEWAL)
"""Written by gateways only."""
DOWN = (Leaf.ACK, Leaf.CONFIG, Leaf.COMMAND, Leaf.CERTIFICATE)
"""Written by the server only."""

_LEAVES = frozenset(leaf.value for leaf in Leaf)


class GatewayAddress(NamedTuple):
    """One gateway of one store."""

    store: str
    gateway: str

    def topic(self, leaf: Leaf) -> str:
        return f"{ROOT}/{self.store}/{self.gateway}/{leaf}"


def every_gateway(leaf: Leaf, share: str | None = None) -> str:
    """Return the server's filter for one leaf of all gateways; `share` names a group of workers (MQTT 5)."""
    topic_filter = f"{ROOT}/+/+/{leaf}"
    return topic_filter if share is None else f"$share/{share}/{topic_filter}"


def parse_topic(topic: str) -> tuple[GatewayAddress, Leaf]:
    """Read a topic. Raises BadMessage with reason `unknown_topic`."""
    parts = topic.split("/") if len(topic) <= MAX_TOPIC_BYTES else []
    if len(parts) != 5 or f"{parts[0]}/{parts[1]}" != ROOT or parts[4] not in _LEAVES:
        raise BadMessage("unknown_topic", f"a topic {ROOT}/STORE/GATEWAY/LEAF expected, got {topic[:80]!r}")
    store, gateway = parts[2], parts[3]
    if not (SLUG.fullmatch(store) and SLUG.fullmatch(gateway)):
        raise BadMessage("unknown_topic", f"slugs of store and gateway expected, got {topic[:80]!r}")
    return GatewayAddress(store, gateway), Leaf(parts[4])
