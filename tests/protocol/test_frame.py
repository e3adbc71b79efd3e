"""The iBeacon frame: what is read, what is refused and why, and that noise never raises anything else."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import BadFrame
from protocol.frame import FRAME_BYTES, Frame, build_ibeacon, parse_ibeacon, uuid_text
from protocol.identity import BeaconIdentity

SHOES = BeaconIdentity("8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10", 1, 11)
SHOES_BYTES = bytes.fromhex("02158c18b6a95f4c4d5f9f1e0a6e0b8f2d100001000bc5")

identities = st.builds(BeaconIdentity, st.uuids().map(str), st.integers(0, 65_535), st.integers(0, 65_535))


def test_reads_the_frame_of_the_specification() -> None:
    assert parse_ibeacon(SHOES_BYTES) == Frame(SHOES, -59)
    assert build_ibeacon(SHOES, -59) == SHOES_BYTES


def test_trailing_bytes_are_let_be() -> None:
    assert parse_ibeacon(SHOES_BYTES + b"\x64\x00") == Frame(SHOES, -59)


def test_an_uncalibrated_beacon_is_still_a_beacon() -> None:
    assert parse_ibeacon(build_ibeacon(SHOES, 0)).measured_power_dbm == 0


def read_or_reason(payload: bytes) -> Frame | str:
    try:
        return parse_ibeacon(payload)
    except BadFrame as refused:
        return refused.reason


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "too_short"),
        (b"\x02", "too_short"),
        (SHOES_BYTES[:22], "too_short"),
        (bytes.fromhex("10050318ab12cd"), "not_ibeacon"),
        (b"\x15\x02" + SHOES_BYTES[2:], "not_ibeacon"),
        (build_ibeacon(SHOES, 1), "absurd_power"),
        (build_ibeacon(SHOES, 127), "absurd_power"),
    ],
)
def test_what_is_no_frame_names_its_reason(payload: bytes, reason: str) -> None:
    with pytest.raises(BadFrame) as refused:
        parse_ibeacon(payload)
    assert refused.value.reason == reason


@given(st.binary(max_size=300) | st.binary(max_size=40).map(lambda tail: b"\x02\x15" + tail))
def test_noise_of_any_length_is_read_or_refused_by_reason(noise: bytes) -> None:
    outcome = read_or_reason(noise)
    if isinstance(outcome, Frame):
        assert build_ibeacon(*outcome) == noise[:FRAME_BYTES]
    else:
        assert outcome in {"too_short", "not_ibeacon", "absurd_power"}


@given(identities, st.integers(-128, 0))
def test_what_is_built_is_read_back(identity: BeaconIdentity, power_dbm: int) -> None:
    assert parse_ibeacon(build_ibeacon(identity, power_dbm)) == Frame(identity, power_dbm)


@given(st.binary(min_size=16, max_size=16))
def test_uuids_are_written_as_everyone_writes_them(raw: bytes) -> None:
    assert uuid_text(raw) == str(uuid.UUID(bytes=raw))
