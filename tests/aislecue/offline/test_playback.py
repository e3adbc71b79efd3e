"""`aislecue replay`: a cart walks from one room to the next, and no line ever knows what came later."""

import gzip
import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aislecue.cli import main
from aislecue.offline.playback import Playback
from protocol.frame import build_ibeacon
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, parse_instant
from protocol.plan import read_plan
from protocol.trace import Heard, trace_line

VECTORS = Path(__file__).parents[2] / "vectors" / "replay"
PLAN = VECTORS / "plan.yaml"
CART = BeaconIdentity("3f0e6c1e-6a55-4a0e-8f0e-2b6f6f7d9a01", 1, 7)
SHELF = BeaconIdentity("8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10", 1, 11)
START = parse_instant("2026-11-01T10:00:00Z")
WALK_S = 40


def walk(seconds: int = 120, *, walk_s: int = WALK_S) -> list[Heard]:
    """A cart in shoes, from `walk_s` on in bags, and a shelf's beacon, at both gateways twice a second."""
    chance, trace = random.Random(7), []
    for tick in range(seconds * 2):
        at = START + tick * 500 + chance.randrange(400)
        near = "gw-shoes" if tick < 2 * walk_s else "gw-bags"
        for gateway in ("gw-shoes", "gw-bags"):
            level = -62 if gateway == near else -80
            trace.append(Heard(at, gateway, build_ibeacon(CART, -59), level - chance.randrange(6)))
            trace.append(Heard(at + 50, gateway, build_ibeacon(SHELF, -59), -70))
    return trace


def rows(trace: Iterable[Heard]) -> list[dict[str, Any]]:
    return list(Playback(read_plan(PLAN.read_text(), str(PLAN))).play(trace))


def zones(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["change"], row["zone"]) for row in found if row["kind"] == "zone"]


def test_a_walk_gives_presence_zones_and_a_summary(tmp_path: Path) -> None:
    trace, out = tmp_path / "walk.jsonl.gz", tmp_path / "out.jsonl"
    trace.write_bytes(gzip.compress(b"".join(map(trace_line, walk()))))
    assert main(["replay", "--plan", str(PLAN), "--input", str(trace), "--out", str(out)]) == 0
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert zones(found) == [("enter", "shoes"), ("exit", "shoes"), ("enter", "bags")]
    assert sum(row["kind"] == "presence" for row in found) == 4, "two beacons at two gateways"
    assert found[0] == {
        "kind": "presence",
        "at": found[0]["at"],
        "gateway": "gw-shoes",
        "uuid": CART.uuid,
        "major": 1,
        "minor": 7,
        "state": "present",
    }
    assert found[-1] == {"kind": "summary", "frames": 960, "ibeacons": 960, "ignored": {}}
    moved = next(row for row in found if row.get("change") == "exit")
    assert START + WALK_S * SECOND < parse_instant(moved["at"]) < START + (WALK_S + 15) * SECOND


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 960), st.integers(0, 90))
def test_a_trace_cut_anywhere_gives_a_prefix(cut: int, late_s: int) -> None:
    trace, chance = walk(), random.Random(late_s)
    arrived = sorted(
        trace, key=lambda h: h.at + (chance.randrange(late_s * SECOND + 1) if chance.random() < 0.3 else 0)
    )
    whole = rows(arrived)
    part = rows(arrived[:cut])
    assert part == whole[: len(part)]


def test_lines_come_in_the_order_of_their_instants() -> None:
    chance = random.Random(5)
    arrived = sorted(walk(), key=lambda h: h.at + chance.randrange(90 * SECOND))
    instants = [parse_instant(row["at"]) for row in rows(arrived)]
    assert instants == sorted(instants)


def test_reports_ninety_seconds_late_change_nothing() -> None:
    chance = random.Random(3)
    late = sorted(walk(), key=lambda h: h.at + (90 * SECOND if chance.random() < 0.3 else 0))
    assert zones(rows(late))[-3:] == zones(rows(walk()))


def test_a_gateway_that_dies_is_told_and_nobody_leaves() -> None:
    dies_at = START + 20 * SECOND
    found = rows(h for h in walk(900, walk_s=900) if h.gateway != "gw-shoes" or h.at < dies_at)
    assert zones(found) == [("enter", "shoes")]
    silent = [row for row in found if row["kind"] == "gateway"]
    assert [(row["gateway"], row["state"]) for row in silent] == [("gw-shoes", "silent")]
    assert dies_at + 29 * SECOND < parse_instant(silent[0]["at"]) < dies_at + 31 * SECOND


def test_silent_and_back() -> None:
    gone = [h for h in walk(100) if h.gateway != "gw-bags" or not 20 <= (h.at - START) // SECOND < 60]
    found = [(row["state"], row["gateway"]) for row in rows(gone) if row["kind"] == "gateway"]
    assert found == [("silent", "gw-bags"), ("back", "gw-bags")]
    assert not [row for row in rows(gone) if row.get("state") == "lost" and row["gateway"] == "gw-bags"]


def test_a_beacon_taken_away_is_lost_where_others_are_still_heard() -> None:
    trace = [h for h in walk(90) if h.payload == build_ibeacon(SHELF, -59) or h.at < START + 20 * SECOND]
    lost = [row for row in rows(trace) if row.get("state") == "lost"]
    assert {(row["gateway"], row["minor"]) for row in lost} == {("gw-shoes", 7), ("gw-bags", 7)}
    assert zones(rows(trace)) == [("enter", "shoes")], "unheard for a minute is not gone"


def test_a_gap_of_years_is_crossed_at_once() -> None:
    later = [h._replace(at=h.at + 20 * 365 * 86_400 * SECOND) for h in walk(5)]
    found = rows(walk(5) + later)
    assert [row["state"] for row in found if row["kind"] == "gateway"] == ["silent", "silent", "back", "back"]


def test_history_is_counted_and_moves_nothing() -> None:
    playback = Playback(read_plan(PLAN.read_text(), str(PLAN)))
    list(playback.play(walk(5)))
    list(playback.take(Heard(START - 200 * SECOND, "gw-bags", build_ibeacon(CART, -59), -30)))
    assert playback.summary()["ignored"] == {"too_late": 1}


@pytest.mark.parametrize("capture", ["adapter.hcidump", "adapter-h4.btsnoop", "adapter-h1.btsnoop"])
def test_captures_are_told_by_their_beginning(capture: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["--plan", str(PLAN), "--input", str(VECTORS / capture), "--out", "/dev/null", "--json"]
    assert main(["replay", *out]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "kind": "summary",
        "frames": 10,
        "ibeacons": 7,
        "ignored": {"absurd_power": 1, "foreign_uuid": 1, "no_rssi": 1, "not_apple": 2, "not_ibeacon": 1},
    }


def test_a_torn_gzip_gives_what_is_whole(tmp_path: Path) -> None:
    trace, out = tmp_path / "torn.gz", tmp_path / "out.jsonl"
    packed = gzip.compress(b"".join(map(trace_line, walk())))
    trace.write_bytes(packed[: len(packed) // 2])
    assert main(["replay", "--plan", str(PLAN), "--input", str(trace), "--out", str(out)]) == 0
    assert zones([json.loads(line) for line in out.read_text().splitlines()])[:1] == [("enter", "shoes")]


def test_a_bad_line_is_told_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace, out = tmp_path / "bad.jsonl", tmp_path / "out.jsonl"
    trace.write_bytes(trace_line(walk(1)[0]) + b"nonsense\n" + trace_line(walk(1)[1]))
    assert main(["replay", "--plan", str(PLAN), "--input", str(trace), "--out", str(out)]) == 1
    assert f"{trace}:2: expected a line of a trace" in capsys.readouterr().err
    assert not out.exists()


def test_a_missing_trace_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--plan", str(PLAN), "--input", str(tmp_path / "none"), "--out", str(tmp_path / "out")]
    assert main(["replay", *arguments]) == 1
    assert "none" in capsys.readouterr().err
