"""hcidump text and btsnoop files: the same packets in four dresses (tests/vectors/replay)."""

import io
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.captures import read_btsnoop, read_hcidump
from protocol.errors import BadInput
from protocol.instants import parse_instant
from protocol.trace import Heard

VECTORS = Path(__file__).parents[1] / "vectors" / "replay"
BTSNOOP = (VECTORS / "adapter-h4.btsnoop").read_bytes()
RSSI_DBM = [-61, -70, -60, -75, -66, 127, -80, -64, -80, -62]
"""Of the ten reports in every vector; one event holds two, the last is cut short, others are not of advertising."""


def snoop(content: bytes) -> Iterator[Heard]:
    return read_btsnoop(io.BytesIO(content), "a.btsnoop")


def text(content: bytes) -> Iterator[Heard]:
    return read_hcidump(content.splitlines(keepends=True), "a.txt")


def test_hcidump_counts_ten_milliseconds_a_report() -> None:
    heard = list(text((VECTORS / "adapter.hcidump").read_bytes()))
    assert [h.rssi_dbm for h in heard] == RSSI_DBM
    assert [h.at for h in heard] == list(range(0, 100, 10))
    assert {h.gateway for h in heard} == {"replay"}


@pytest.mark.parametrize("link", ["h4", "h1"])
def test_btsnoop_with_its_own_times(link: str) -> None:
    heard = list(snoop((VECTORS / f"adapter-{link}.btsnoop").read_bytes()))
    assert [h.rssi_dbm for h in heard] == RSSI_DBM
    assert heard[0].at == parse_instant("2026-11-01T10:00:00.250Z")


def test_a_btsnoop_file_cut_short_gives_what_is_whole() -> None:
    heard = list(snoop((VECTORS / "adapter-monitor.btsnoop").read_bytes()))
    assert [h.rssi_dbm for h in heard] == RSSI_DBM[:-1]


@pytest.mark.parametrize(
    "content", [b"", b"pcap" * 10, BTSNOOP[:8] + b"\0\0\0\x02" + BTSNOOP[12:], BTSNOOP[:12] + b"\0\0\0\x01"]
)
def test_another_file_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match=r"expected (a btsnoop file|btsnoop version 1)"):
        list(snoop(content))


def test_a_record_of_impossible_length_is_refused_by_number() -> None:
    with pytest.raises(BadInput, match=r"a\.btsnoop:1: expected a record of at most 65536 bytes"):
        list(snoop(BTSNOOP[:16] + bytes(4) + b"\x7f\xff\xff\xff" + bytes(16)))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"> 04 3E ZZ\n", 1),
        (b"< 01 0C 20 0\n> 04 3E 00\n", 1),
        (b"// a remark\n> 04 3E 0C 02\n  01 0G\n", 3),
        (b'\n{"at":"2026-11-01T10:00:00Z"}\n', 2),
        (b"\xff\n", 1),
    ],
)
def test_what_is_no_text_of_hcidump_is_refused_by_line(content: bytes, line: int) -> None:
    with pytest.raises(BadInput, match=rf"a\.txt:{line}: expected packets of hcidump -R such as > 04 3E"):
        list(text(content))


@pytest.mark.parametrize(
    "content",
    [b"", b" \n\n", b"HCI sniffer - Bluetooth packet analyzer ver 5.66\ndevice: hci0\n", b"> 04 3E 0"],
)
def test_a_capture_of_nothing_or_cut_short_is_none_to_refuse(content: bytes) -> None:
    assert list(text(content)) == []


@given(lines=st.lists(st.binary(max_size=120) | st.text("> 0123456789ABCDEF\n", max_size=90).map(str.encode)))
def test_noise_in_text_is_read_over_or_refused(lines: list[bytes]) -> None:
    with suppress(BadInput):
        assert all(h.gateway == "replay" for h in read_hcidump(lines, "a.txt"))


@given(st.integers(16, len(BTSNOOP) - 1), st.binary(min_size=1, max_size=40))
def test_damage_in_a_file_is_read_over_or_refused(at: int, noise: bytes) -> None:
    with suppress(BadInput):
        for heard in snoop(BTSNOOP[:at] + noise + BTSNOOP[at + len(noise) :]):
            assert -128 <= heard.rssi_dbm <= 127
