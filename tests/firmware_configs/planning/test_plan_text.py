"""A measured power goes into a plan's text, and nothing else of it changes."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_configs.planning.plan_text import with_measured_powers
from protocol.errors import BadInput
from protocol.plan import read_plan

UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
SAMPLE = (Path(__file__).parents[3] / "aislecue" / "demo" / "store" / "plan.yaml").read_text(encoding="utf-8")
IDS = [beacon.id for beacon in read_plan(SAMPLE, "plan.yaml").beacons]
BLOCK = f"""\
version: 1
store: {{id: milan, timezone: Europe/Rome, floor: {{width_m: 40, depth_m: 25}}}}  # 日本
zones: [{{id: shoes, polygon: [[0, 0], [8, 0], [8, 6]]}}]
beacons:
  # by the door
  - id: A-1
    zone: shoes
    uuid: {UUID}
    major: 1
    minor: 11    # as on its label
  - {{zone: shoes, uuid: {UUID}, major: 1,
     minor: 12, id: A-2}}   # the other
"""


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from(IDS), st.integers(-127, -1), min_size=1))
def test_only_the_numbers_change(powers: dict[str, int]) -> None:
    text = with_measured_powers(SAMPLE, "plan.yaml", powers)
    assert {b.id: b.measured_power_dbm for b in read_plan(text, "").beacons} == {
        i: powers.get(i, -68) for i in IDS
    }
    for before, after in zip(SAMPLE.splitlines(), text.splitlines(), strict=True):
        power = next((power for beacon, power in powers.items() if f"id: {beacon}," in before), -68)
        assert after == before.replace("measured_power_dbm: -68", f"measured_power_dbm: {power}")


def test_a_new_key_leaves_comments_where_they_are() -> None:
    text = with_measured_powers(BLOCK, "plan.yaml", {"A-1": -61, "A-2": -62})
    assert text == BLOCK.replace("minor: 11", "measured_power_dbm: -61\n    minor: 11").replace(
        "minor: 12", "measured_power_dbm: -62, minor: 12"
    )
    assert with_measured_powers(BLOCK.replace("\n", "\r\n"), "plan.yaml", {"A-2": -62}).count("\r\n") == 12


def test_json_stays_json() -> None:
    plan = json.dumps({"beacons": [{"id": "A-1", "minor": 1}]}, indent=2)
    text = with_measured_powers(plan, "plan.json", {"A-1": -61})
    assert json.loads(text)["beacons"] == [{"id": "A-1", "measured_power_dbm": -61, "minor": 1}]


@pytest.mark.parametrize(
    ("more", "beacon"),
    [
        (
            "  - {id: B-1, minor: 1, measured_power_dbm: &p -59}\n  - {id: B-2, minor: 2, measured_power_dbm: *p}\n",
            "B-1",
        ),
        ("", "B-9"),
    ],
)
def test_what_cannot_be_changed_alone_is_refused(more: str, beacon: str) -> None:
    with pytest.raises(BadInput, match=r"by hand|none of this id|alias"):
        with_measured_powers(BLOCK + more, "plan.yaml", {beacon: -61})
