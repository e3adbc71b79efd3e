"""Real recordings in ../shared, where they are there: zones scored against what happened, captures counted."""

import gzip
import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aislecue.cli import main

SHARED = Path(__file__).parents[4] / "shared"
DATA, SCORE = SHARED / "data", SHARED / "lab" / "score_zones.py"
HALL = ["rectangular_without_rotation", "straight_01", "straight_02", "straight_03"]

pytestmark = pytest.mark.skipif(not SCORE.exists(), reason="the recordings of ../shared are not here")


def replayed(folder: Path, out: Path) -> Path:
    trace = str(folder / "trace.jsonl.gz")
    assert main(["replay", "--plan", str(folder / "plan.yaml"), "--input", trace, "--out", str(out)]) == 0
    return out


def score(*arguments: object) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(SCORE), *map(str, arguments)], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("rooms", "frames"), [("rooms-03-07", 38_942), ("rooms-03-10", 103_446)])
def test_tags_carried_between_rooms(rooms: str, frames: int, tmp_path: Path) -> None:
    out = replayed(DATA / rooms, tmp_path / "out.jsonl")
    found = score("rooms", out, DATA / rooms / "truth.json")
    assert found["accuracy"] >= 0.996
    assert found["false_changes_per_tag_hour"] == 0
    assert found["moves_found"] == found["moves"] == 12
    summary = json.loads(out.read_text().splitlines()[-1])
    assert summary == {"kind": "summary", "frames": frames, "ibeacons": frames, "ignored": {}}


def test_a_tag_walking_a_hall_under_twelve_receivers(tmp_path: Path) -> None:
    found = [
        score(
            "hall",
            replayed(DATA / "hall" / track, tmp_path / track),
            DATA / "hall" / track / "position.jsonl.gz",
            DATA / "hall" / track / "plan.yaml",
        )
        for track in HALL
    ]
    seconds = sum(one["seconds"] for one in found)
    assert sum(one["accuracy"] * one["seconds"] for one in found) / seconds >= 0.58
    assert sum(one["changes"] for one in found) <= 2 * sum(one["true_changes"] for one in found)


def counted(capture: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    plan = str(DATA / "rooms-03-10" / "plan.yaml")
    assert main(["replay", "--plan", plan, "--input", str(capture), "--out", "/dev/null", "--json"]) == 0
    summary: dict[str, Any] = json.loads(capsys.readouterr().out)
    return summary


def test_hcidump_of_a_shelf_of_beacons(capsys: pytest.CaptureFixture[str]) -> None:
    """113 of the file's 242 reports hold `4C 00 02 15`, 79 of them with this plan's tag UUID."""
    summary = counted(DATA / "frames" / "hcidump.raw", capsys)
    assert (summary["frames"], summary["ibeacons"]) == (242, 113)
    assert summary["ignored"] == {"foreign_uuid": 113 - 79, "not_apple": 242 - 113}


def test_damaged_payloads_off_the_air_are_noise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture = tmp_path / "pact.btsnoop"
    with gzip.open(DATA / "frames" / "pact_ad_payloads.tsv.gz", "rt") as rows, capture.open("wb") as out:
        out.write(struct.pack(">8sII", b"btsnoop\0", 1, 1001))
        payloads = [bytes.fromhex(row.split("\t")[0]) for row in rows]
        for payload in payloads:
            body = b"\x02\x01\x03\x01" + bytes(6) + bytes([len(payload)]) + payload + b"\xc5"
            event = bytes([0x3E, len(body)]) + body
            out.write(struct.pack(">IIIIq", len(event), len(event), 3, 0, 0) + event)
    summary = counted(capture, capsys)
    assert (summary["frames"], summary["ibeacons"]) == (len(payloads), 0)
