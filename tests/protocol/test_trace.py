"""Traces as JSON lines: what is read, where a fault is told, and an end cut short."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import BadInput
from protocol.instants import parse_instant
from protocol.trace import Heard, read_trace, trace_line

LINE = b'{"at":"2026-11-01T10:00:00.250Z","gateway":"gw-shoes","address":"x","manufacturer":{"76":"0215ab"},"rssi":-61}\n'
HEARD = Heard(parse_instant("2026-11-01T10:00:00.250Z"), "gw-shoes", b"\x02\x15\xab", -61)


def test_reads_a_line_of_the_specification() -> None:
    assert list(read_trace([LINE, b"\n", LINE], "t.jsonl")) == [HEARD, HEARD]


def test_what_is_written_is_read_back() -> None:
    assert list(read_trace([trace_line(HEARD), trace_line(HEARD._replace(payload=b""))], "t")) == [
        HEARD,
        HEARD._replace(payload=b""),
    ]


@pytest.mark.parametrize("rest", [b"}", b',"manufacturer":{}}', b',"manufacturer":{"6":"0a"},"rssi":null}'])
def test_other_companies_and_missing_parts_are_no_fault(rest: bytes) -> None:
    (heard,) = read_trace([b'{"at":"2026-11-01T10:00:00Z","gateway":"g"' + rest + b"\n"], "t.jsonl")
    assert (heard.payload, heard.rssi_dbm) == (b"", 0)


@pytest.mark.parametrize(
    "line",
    [
        b"{\n",
        b"[]\n",
        b'{"at":"yesterday","gateway":"g","rssi":-60}\n',
        b'{"at":"2026-11-01T10:00:00Z","rssi":-60}\n',
        b'{"at":"2026-11-01T10:00:00Z","gateway":"g","manufacturer":{"76":"0x"},"rssi":-60}\n',
        b'{"at":"2026-11-01T10:00:00Z","gateway":"g","rssi":"loud"}\n',
        b'"' + b"x" * 70_000 + b'"\n',
        b"\xff\xfe\n",
    ],
)
def test_a_fault_is_told_with_file_and_line(line: bytes) -> None:
    read = read_trace([LINE, line, LINE], "t.jsonl")
    assert next(read) == HEARD
    with pytest.raises(BadInput) as fault:
        next(read)
    assert str(fault.value).startswith("t.jsonl:2: expected ")


def test_a_last_line_cut_short_ends_the_trace() -> None:
    assert list(read_trace([LINE, LINE[:40]], "t.jsonl")) == [HEARD]
    with pytest.raises(BadInput):
        list(read_trace([b"another file"], "t.jsonl"))


@given(st.lists(st.binary(max_size=200)))
def test_noise_is_read_or_refused(lines: list[bytes]) -> None:
    with suppress(BadInput):
        for heard in read_trace(lines, "noise"):
            assert isinstance(heard, Heard)
