"""`aislecue replay` on traces as shops make them: empty, doubled, of one gateway, of slow beacons, of clocks that differ."""

import gzip
import json
from codecs import BOM_UTF8
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aislecue.cli import main
from aislecue.offline.replaying import read
from protocol.frame import build_ibeacon
from protocol.instants import SECOND
from protocol.trace import Heard, trace_line
from tests.aislecue.offline.test_playback import CART, PLAN, SHELF, START, rows, walk, zones

WALKED = [("enter", "shoes"), ("exit", "shoes"), ("enter", "bags")]


@pytest.mark.parametrize(
    "content", [b"", b"\n \n", gzip.compress(b""), BOM_UTF8], ids=["empty", "blank", "packed", "marked"]
)
@pytest.mark.parametrize("form", [None, "jsonl", "hcidump"])
def test_an_empty_trace_has_an_empty_summary(content: bytes, form: str | None, tmp_path: Path) -> None:
    trace, out = tmp_path / "empty", tmp_path / "out.jsonl"
    trace.write_bytes(content)
    told = [] if form is None else ["--format", form]
    assert main(["replay", "--plan", str(PLAN), "--input", str(trace), "--out", str(out), *told]) == 0
    assert json.loads(out.read_text()) == {"kind": "summary", "frames": 0, "ibeacons": 0, "ignored": {}}


def test_an_empty_btsnoop_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = tmp_path / "empty"
    trace.touch()
    where = ["--plan", str(PLAN), "--input", str(trace), "--out", str(tmp_path / "out")]
    assert main(["replay", *where, "--format", "btsnoop"]) == 1
    assert str(trace) in capsys.readouterr().err


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_trace_may_begin_with_the_mark_of_windows(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    trace.write_bytes(pack(BOM_UTF8 + b"".join(trace_line(heard) for heard in walk())))
    assert list(read(trace)) == walk()


def without_counts(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in found if row["kind"] != "summary"]


def test_doubled_lines_change_nothing() -> None:
    doubled = [heard for heard in walk() for _ in range(2)]
    assert without_counts(rows(doubled)) == without_counts(rows(walk()))


def test_of_one_gateway_a_tag_is_in_its_zone() -> None:
    alone = [heard for heard in walk() if heard.gateway == "gw-shoes"]
    assert zones(rows(alone)) == [("enter", "shoes")]


@pytest.mark.parametrize("ahead_s", [-100, -45, 45, 100])
def test_a_gateway_whose_clock_is_wrong_still_says_where_the_tag_is(ahead_s: int) -> None:
    """The lines come as they happened; only what one gateway wrote on them differs."""
    wrong = [h._replace(at=h.at + ahead_s * SECOND) if h.gateway == "gw-bags" else h for h in walk()]
    found = rows(wrong)
    assert zones(found) == WALKED
    assert [row for row in found if row.get("state") == "lost"] == []


def test_reports_two_minutes_late_are_taken_and_move_nobody_back() -> None:
    trace = walk(240)
    late = sorted(trace, key=lambda h: h.at + (119 * SECOND if h.rssi_dbm % 3 == 0 else 0))
    assert zones(rows(late))[-1] == ("enter", "bags")
    assert [row for row in rows(late) if row.get("state") == "silent"] == []


def test_beacons_heard_once_in_ten_seconds_are_present_all_the_time() -> None:
    slow = [
        Heard(START + n * 10_000 + offset, gateway, build_ibeacon(one, -59), level)
        for n in range(60)
        for offset, one in ((0, CART), (4_000, SHELF))
        for gateway, level in (("gw-shoes", -60), ("gw-bags", -78))
    ]
    found = rows(slow)
    assert [row for row in found if row.get("state") in ("lost", "silent")] == []
    assert zones(found) == [("enter", "shoes")]


def test_a_frame_alone_is_present(tmp_path: Path) -> None:
    trace, out = tmp_path / "one.jsonl", tmp_path / "out.jsonl"
    trace.write_bytes(trace_line(walk(1)[0]))
    assert main(["replay", "--plan", str(PLAN), "--input", str(trace), "--out", str(out)]) == 0
    kinds = [json.loads(line)["kind"] for line in out.read_text().splitlines()]
    assert kinds[-1] == "summary"
    assert "presence" in kinds
