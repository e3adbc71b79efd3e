"""From the air to an allow-listed frame: what is ignored is counted by name, and nothing is ever raised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decode import MAX_KNOWN, Decoder
from protocol.frame import Frame, build_ibeacon
from protocol.identity import BeaconIdentity

SHOES = BeaconIdentity("8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10", 1, 11)
FOREIGN = SHOES._replace(uuid="00000000-0000-4000-8000-000000000001")


@pytest.fixture
def decoder() -> Decoder:
    return Decoder({SHOES.uuid})


def test_a_frame_of_the_store_is_heard_again_and_again(decoder: Decoder) -> None:
    payload = build_ibeacon(SHOES, -59)
    assert decoder.read(payload, -70) == decoder.read(bytes(bytearray(payload)), -71) == Frame(SHOES, -59)
    assert (decoder.frames, decoder.ibeacons, decoder.ignored) == (2, 2, {})


@pytest.mark.parametrize(
    ("payload", "rssi_dbm", "reason", "ibeacons"),
    [
        (b"", -60, "not_apple", 0),
        (b"\x02", -60, "too_short", 0),
        (build_ibeacon(SHOES, -59)[:-1], -60, "too_short", 0),
        (b"\x10\x05\x03\x18", -60, "not_ibeacon", 0),
        (build_ibeacon(SHOES, 4), -60, "absurd_power", 1),
        (build_ibeacon(FOREIGN, -59), -60, "foreign_uuid", 1),
        (build_ibeacon(SHOES, -59), 0, "no_rssi", 1),
        (build_ibeacon(SHOES, -59), 127, "no_rssi", 1),
        (build_ibeacon(SHOES, -59), 5, "no_rssi", 1),
        (build_ibeacon(SHOES, -59), -128, "no_rssi", 1),
    ],
)
def test_what_is_ignored_names_its_reason(
    decoder: Decoder, payload: bytes, rssi_dbm: int, reason: str, ibeacons: int
) -> None:
    assert decoder.read(payload, rssi_dbm) is None
    assert (decoder.ignored, decoder.ibeacons, decoder.frames) == ({reason: 1}, ibeacons, 1)


def test_a_flood_of_forged_tags_does_not_grow_the_memory(decoder: Decoder) -> None:
    for minor in range(3 * MAX_KNOWN):
        decoder.read(build_ibeacon(SHOES._replace(major=minor >> 8, minor=minor), -59), -60)
        decoder.read(build_ibeacon(FOREIGN._replace(minor=minor), -59), -60)
    assert len(decoder._known) <= MAX_KNOWN
    assert len(decoder._refused) <= MAX_KNOWN
    assert decoder.heard == 3 * MAX_KNOWN


@given(st.lists(st.tuples(st.binary(max_size=300), st.integers(-200, 200))))
def test_noise_is_counted_once_each_and_never_raises(noise: list[tuple[bytes, int]]) -> None:
    decoder = Decoder({SHOES.uuid})
    for payload, rssi_dbm in noise:
        assert decoder.read(payload, rssi_dbm) is None
    assert decoder.frames == len(noise)
