"""Advertising reports inside HCI events, whole and damaged."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.frame import build_ibeacon
from protocol.hci import Report, advertising_reports, apple_payload
from protocol.identity import BeaconIdentity

FRAME = build_ibeacon(BeaconIdentity("3f0e6c1e-6a55-4a0e-8f0e-2b6f6f7d9a01", 1, 7), -59)
FLAGS = b"\x02\x01\x06"
APPLE = b"\x1a\xff\x4c\x00" + FRAME
ADDRESS = bytes(6)


def legacy(data: bytes, rssi_dbm: int) -> bytes:
    return b"\x00\x01" + ADDRESS + bytes([len(data)]) + data + struct.pack("b", rssi_dbm)


def event(subevent: int, count: int, body: bytes) -> bytes:
    parameters = bytes([subevent, count]) + body
    return bytes([0x3E, len(parameters)]) + parameters


def test_several_reports_of_one_event() -> None:
    body = legacy(FLAGS + APPLE, -61) + legacy(b"", -90) + legacy(FLAGS, 127)
    assert list(advertising_reports(event(0x02, 3, body))) == [
        Report(FLAGS + APPLE, -61),
        Report(b"", -90),
        Report(FLAGS, 127),
    ]


def test_extended_and_directed_reports() -> None:
    extended = bytes(2) + b"\x01" + ADDRESS + b"\x01\x00\xff\x7f\xc4" + bytes(9) + bytes([len(APPLE)]) + APPLE
    assert list(advertising_reports(event(0x0D, 1, extended))) == [Report(APPLE, -60)]
    assert list(advertising_reports(event(0x0B, 1, bytes(15) + b"\xb0"))) == [Report(b"", -80)]


def test_a_damaged_report_ends_the_event_and_keeps_what_came_before() -> None:
    body = legacy(APPLE, -61) + legacy(APPLE, -62)
    for cut in range(len(legacy(APPLE, -61)), len(body)):
        assert list(advertising_reports(event(0x02, 2, body[:cut]))) == [Report(APPLE, -61)]


@pytest.mark.parametrize("packet", [b"", b"\x3e", b"\x0e\x04\x01\x0c\x20\x00", event(0x01, 1, bytes(30))])
def test_other_events_have_no_reports(packet: bytes) -> None:
    assert list(advertising_reports(packet)) == []


@pytest.mark.parametrize(
    ("data", "payload"),
    [
        (FLAGS + APPLE, FRAME),
        (APPLE + b"\x03\xff\x4c\x00", FRAME),
        (b"\x05\xff\x4c\x00\x10\x00" + APPLE, FRAME),
        (b"\x05\xff\x4c\x00\x10\x00", b"\x10\x00"),
        (b"\x04\xff\x06\x00\x01", b""),
        (b"\x02\xff\x4c", b""),
        (FLAGS + APPLE[:-1], b""),
        (FLAGS + b"\x00" + APPLE, b""),
        (b"\xff", b""),
        (b"", b""),
    ],
    ids=[
        "usual",
        "first",
        "after another",
        "no ibeacon",
        "other company",
        "no id",
        "torn",
        "ended",
        "1",
        "0",
    ],
)
def test_apples_bytes_among_the_structures(data: bytes, payload: bytes) -> None:
    assert apple_payload(data) == payload


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\x3e\xff\x02\xff", b"\x3e\xff\x0d\x09", b"\x3e\x20\x0b\x02"]),
)
def test_noise_of_any_length_never_raises(noise: bytes, start: bytes) -> None:
    for report in advertising_reports(start + noise):
        assert -128 <= report.rssi_dbm <= 127
        apple_payload(report.data)
    apple_payload(noise)
