"""MQTT topics (SPEC 7)."""

import pytest

from protocol.errors import BadMessage
from protocol.topics import GatewayAddress, Leaf, every_gateway, parse_topic

HERE = GatewayAddress("milan-duomo", "gw-entrance")


@pytest.mark.parametrize("leaf", list(Leaf))
def test_a_topic_is_read_back(leaf: Leaf) -> None:
    assert parse_topic(HERE.topic(leaf)) == (HERE, leaf)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "aislecue/v1/milan-duomo/gw-entrance",
        "aislecue/v2/milan-duomo/gw-entrance/presence",
        "aislecue/v1/milan-duomo/gw-entrance/presence/more",
        "aislecue/v1/milan-duomo/gw-entrance/gossip",
        "aislecue/v1/Milan/gw-entrance/presence",
        "aislecue/v1/+/gw-entrance/presence",
        "aislecue/v1//gw-entrance/presence",
        "aislecue/v1/" + "a" * 300 + "/g/presence",
    ],
)
def test_any_other_topic_is_refused(topic: str) -> None:
    with pytest.raises(BadMessage, match="unknown_topic"):
        parse_topic(topic)


def test_workers_may_share_a_subscription() -> None:
    assert every_gateway(Leaf.PRESENCE) == "aislecue/v1/+/+/presence"
    assert every_gateway(Leaf.PRESENCE, "intake") == "$share/intake/aislecue/v1/+/+/presence"
