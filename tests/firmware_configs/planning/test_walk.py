"""A walk: deaf spells, zones that bleed, beacons never heard; calibration by the same marks; the commands around them."""

import json
from pathlib import Path

import pytest

from aislecue.cli import main
from firmware_configs.planning.walk import Frame, Heed, WalkReport, frames_of, judge_beacons, report
from firmware_configs.planning.walk_page import render_walk
from protocol.frame import build_ibeacon
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND
from protocol.marks import Mark, mark_line
from protocol.plan import StorePlan, read_plan
from protocol.trace import Heard, trace_line

START = 1_793_520_000_000
UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
PLAN = f"""\
version: 1
store: {{id: milan, name: "Milano <b>", timezone: Europe/Rome, floor: {{width_m: 40, depth_m: 25}}}}
zones:
  - {{id: shoes, name: Shoes, polygon: [[0, 0], [8, 0], [8, 6], [0, 6]]}}
  - {{id: till, name: Till, polygon: [[8, 0], [16, 0], [16, 6], [8, 6]]}}
  - {{id: attic, name: Attic, polygon: [[20, 0], [26, 0], [26, 6]]}}
beacons:
  - {{id: SHOES-1, zone: shoes, uuid: {UUID}, major: 1, minor: 1, measured_power_dbm: -59}}  # by the bench
  - {{id: SHOES-2, zone: shoes, uuid: {UUID}, major: 1, minor: 2}}
  - {{id: TILL-1, zone: till, uuid: {UUID}, major: 2, minor: 1}}
"""
SHOES, QUIET, TILL = (BeaconIdentity(UUID, *pair) for pair in ((1, 1), (1, 2), (2, 1)))


def plan() -> StorePlan:
    return read_plan(PLAN, "plan.yaml")


def every_second(who: BeaconIdentity, rssi_dbm: int, start: int, end: int) -> list[Frame]:
    return [Frame(START + k * SECOND, who, rssi_dbm) for k in range(start, end)]


def walked() -> WalkReport:
    """Half a minute in shoes, the last half of it deaf; then at the till, where shoes is the louder at first."""
    frames = sorted(
        every_second(SHOES, -60, 0, 15) + every_second(TILL, -70, 0, 50) + every_second(SHOES, -62, 30, 40)
    )
    marks = [Mark(START, "shoes", (0, 3)), Mark(START + 30 * SECOND, "till", (12, 3))]
    return report(plan(), frames, marks)


def test_deaf_spells_are_found_with_their_place_on_the_way() -> None:
    (spell,) = walked().spells
    assert (spell.zone, spell.start - START, spell.end - START) == ("shoes", 14 * SECOND, 30 * SECOND)
    assert spell.position == (5.6, 3.0)


def test_zones_that_bleed_are_counted_by_the_second() -> None:
    shoes, till = walked().zones
    assert (shoes.zone, shoes.seconds, till.zone, till.seconds) == ("shoes", 30, "till", 20)
    assert shoes.heeds == {Heed.CLEAR: 17, Heed.BLED: 13}
    assert till.heard_as == {"shoes": 12, "till": 8}


def test_what_nobody_walked_or_heard_is_named() -> None:
    assert (walked().unwalked, walked().unheard) == (("attic",), ("SHOES-2",))


def test_a_good_walk_has_nothing_to_mend() -> None:
    frames = sorted(every_second(SHOES, -60, 0, 60) + every_second(QUIET, -70, 0, 60))
    found = report(plan(), frames, [Mark(START, "shoes", None), Mark(START + 60 * SECOND, None, None)])
    assert not found
    assert "Nowhere" in render_walk(plan(), found)


def test_only_measured_frames_of_the_plans_beacons_count() -> None:
    ours = build_ibeacon(SHOES, -59)
    heard = [
        Heard(2, "gw", ours, -60),
        Heard(1, "gw", ours, -61),
        Heard(3, "gw", ours, 127),
        Heard(4, "gw", ours[:9], -60),
        Heard(5, "gw", build_ibeacon(SHOES._replace(minor=9), -59), -60),
    ]
    assert frames_of(plan(), heard) == [Frame(1, SHOES, -61), Frame(2, SHOES, -60)]


def test_the_page_says_it_and_cannot_be_broken_by_a_name() -> None:
    page = render_walk(plan(), walked())
    assert "Milano &lt;b&gt;" in page
    assert "nothing of its own for 16 s from 2026-11-01 " in page
    assert [word for word in ("http://", "https://", "<script", "src=") if word in page] == []


def test_a_mark_that_names_a_beacon_calibrates_it() -> None:
    frames = every_second(SHOES, -64, 0, 25) + every_second(TILL, -60, 25, 50)
    marks = [Mark(START, "SHOES-1", None), Mark(START + 25 * SECOND, "SHOES-2", None)]
    good, bad = judge_beacons(plan(), frames, marks).values()
    assert (good.median_dbm, good.reasons) == (-64, ())
    assert [reason.split(":")[0] for reason in bad.reasons] == ["too few", "wrong beacon"]


def recorded(folder: Path, frames: list[Frame], marks: list[Mark]) -> list[str]:
    """Write plan, trace and marks; return the options that name them."""
    (folder / "plan.yaml").write_text(PLAN)
    heard = (trace_line(Heard(f.at, "gw-walk", build_ibeacon(f.identity, -59), f.rssi_dbm)) for f in frames)
    (folder / "walk.jsonl").write_bytes(b"".join(heard))
    (folder / "walk.marks").write_bytes(b"".join(map(mark_line, marks)))
    return [
        str(folder / "plan.yaml"),
        "--trace",
        str(folder / "walk.jsonl"),
        "--marks",
        str(folder / "walk.marks"),
    ]


def test_calibrate_writes_good_powers_into_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = recorded(tmp_path, every_second(SHOES, -64, 0, 25), [Mark(START, "SHOES-1", None)])
    assert main(["plan", "calibrate", *options, "--dry-run"]) == 0
    assert (tmp_path / "plan.yaml").read_text() == PLAN
    assert main(["plan", "calibrate", *options]) == 0
    assert (tmp_path / "plan.yaml").read_text() == PLAN.replace("dbm: -59}  # by", "dbm: -64}  # by")
    assert "SHOES-1: -64 dBm (was -59), median of 25 samples within 0 dB" in capsys.readouterr().out


def test_calibrate_writes_nothing_where_a_sample_is_bad(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    marks = [Mark(START, "SHOES-1", None), Mark(START + 25 * SECOND, "SHOES-2", None)]
    options = recorded(tmp_path, every_second(SHOES, -64, 0, 50), marks)
    assert main(["plan", "calibrate", *options]) == 1
    assert (tmp_path / "plan.yaml").read_text() == PLAN
    assert "SHOES-2: refused: wrong beacon" in capsys.readouterr().out


def test_walk_tells_on_terminal_as_json_and_as_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = recorded(tmp_path, every_second(SHOES, -60, 0, 15), [Mark(START, "till", None)])
    page = tmp_path / "walk.html"
    assert main(["plan", "walk", *options, "--page", str(page)]) == 1
    assert "deaf: till for 15 s from 09:00:00" in capsys.readouterr().out
    assert page.read_text().startswith("<!doctype html>")
    assert main(["plan", "walk", *options, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["zones"][0]["heard_as"] == {"shoes": 15}


def test_a_mark_of_another_store_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = recorded(tmp_path, [], [Mark(START, "cellar", None)])
    assert main(["plan", "walk", *options]) == 1
    assert "expected zones and beacons of milan, got cellar" in capsys.readouterr().err


def test_suggest_prints_and_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN)
    drawing = tmp_path / "map.svg"
    assert main(["plan", "suggest", str(tmp_path / "plan.yaml"), "--map", str(drawing)]) == 0
    said = capsys.readouterr().out
    assert "hang SHOES-1 at [4, 3]" in said
    assert "regions: 2 of the 20" in said
    assert drawing.read_text().startswith("<svg")
    assert main(["plan", "suggest", str(tmp_path / "plan.yaml"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["stores"][0]["placements"][0]["missing"] == [[4.0, 3.0]]
