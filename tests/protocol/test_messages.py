"""MQTT messages against the golden vectors, and their bounds (SPEC 7)."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import BadMessage
from protocol.instants import parse_instant
from protocol.messages import (
    MAX_BEACONS,
    MAX_MESSAGE_BYTES,
    MAX_RANGES,
    MAX_SEQ,
    Ack,
    BeaconPresence,
    Command,
    Health,
    Presence,
    Result,
    Status,
    WireInstant,
    decode,
    decode_status,
    encode,
    encode_status,
)
from protocol.topics import Leaf

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "mqtt.json").read_text())
KINDS: dict[Leaf, Any] = {
    Leaf.PRESENCE: Presence,
    Leaf.ACK: Ack,
    Leaf.STATUS: Status,
    Leaf.HEALTH: Health,
    Leaf.COMMAND: Command,
    Leaf.RESULT: Result,
}


@pytest.mark.parametrize("vector", VECTORS["good"], ids=lambda v: f"{v['leaf']}: {v['name']}")
def test_a_good_vector_is_read_and_written_back_byte_for_byte(vector: dict[str, str]) -> None:
    payload = vector["payload"].encode()
    message = decode(KINDS[Leaf(vector["leaf"])], payload)
    # Health leaves nothing out on the wire, so a reader of any version sees every key.
    assert encode(message) == payload


@pytest.mark.parametrize("vector", VECTORS["bad"], ids=lambda v: f"{v['leaf']}: {v['name']}")
def test_a_bad_vector_is_refused_with_its_counted_reason(vector: dict[str, str]) -> None:
    with pytest.raises(BadMessage) as refused:
        decode(KINDS[Leaf(vector["leaf"])], vector["payload"].encode())
    assert refused.value.reason == vector["reason"]


def test_a_message_over_64_kib_is_refused_both_ways() -> None:
    with pytest.raises(BadMessage, match="too_large"):
        decode(Presence, b" " * (MAX_MESSAGE_BYTES + 1))
    with pytest.raises(BadMessage, match="too_large"):
        encode("x" * MAX_MESSAGE_BYTES)


def test_the_fullest_messages_fit() -> None:
    at = WireInstant(parse_instant("2199-12-31T23:59:59.999Z"))
    beacon = BeaconPresence(
        uuid="ffffffff-ffff-ffff-ffff-ffffffffffff",
        major=65535,
        minor=65535,
        state="present",
        first_at=at,
        last_at=at,
        rssi_dbm=-127,
        measured_power_dbm=-127,
        count=MAX_SEQ,
    )
    presence = Presence(
        boot="f" * 32, seq=MAX_SEQ, sent_at=at, clock_synced=False, beacons=(beacon,) * MAX_BEACONS
    )
    assert decode(Presence, encode(presence)) == presence
    ack = Ack(boot="f" * 32, seqs=((MAX_SEQ, MAX_SEQ),) * MAX_RANGES)
    assert decode(Ack, encode(ack)) == ack


def test_keys_of_a_newer_version_are_passed_over() -> None:
    assert decode(Command, b'{"id":"1","name":"rescan","later":{"a":[1]}}') == Command(id="1", name="rescan")


def test_status_is_a_json_text() -> None:
    assert encode_status("radio-dead") == b'"radio-dead"'
    assert decode_status(b'"offline"') == "offline"


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    for kind in KINDS.values():
        with suppress(BadMessage):
            decode(kind, payload)
