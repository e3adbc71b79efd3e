"""What a kind cannot do is refused with the plan's line, all of it at once."""

import pytest

from protocol.errors import BadInput
from tests.firmware_configs.plans import UUID, rendered_text

HEAD = """\
version: 1
store: {id: milan, timezone: Europe/Rome, floor: {width_m: 40, depth_m: 25}}
zones: [{id: shoes, polygon: [[0, 0], [8, 0], [8, 6]]}]
beacons:
"""


def beacon(name: str, more: str, minor: int = 1) -> str:
    return f"  - {{id: {name}, zone: shoes, uuid: {UUID}, major: 1, minor: {minor}, {more}}}\n"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            "firmware: espurino",
            "plan.yaml:5: expected firmware as one of espruino, esphome, zephyr, bluez, vendor-csv",
        ),
        ("firmware: esphome, tx_power_dbm: -40", "plan.yaml:5: expected tx_power_dbm of esphome: -12, -9"),
        ("tx_power_dbm: 3", "plan.yaml:5: expected tx_power_dbm of espruino: -40"),
        ("interval_ms: 10240", "plan.yaml:5: expected interval_ms from 20 to 10000 for espruino, got 10240"),
        ("firmware: vendor-csv, interval_ms: 20", "plan.yaml:5: expected interval_ms from 100 to 10000"),
    ],
)
def test_refused_with_the_line(asked: str, told: str) -> None:
    with pytest.raises(BadInput) as refused:
        rendered_text(HEAD + beacon("A-1", asked))
    assert told in str(refused.value)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(BadInput) as refused:
        rendered_text(HEAD + beacon("A-1", "interval_ms: 10240") + beacon("A-2", "tx_power_dbm: 5", 2))
    assert [problem.line for problem in refused.value.problems] == [5, 6]


def test_ids_that_are_one_file_on_some_disks_are_refused() -> None:
    with pytest.raises(BadInput, match="capitals"):
        rendered_text(HEAD + beacon("A-1", "interval_ms: 100") + beacon("a-1", "interval_ms: 100", 2))


def test_two_beacons_of_one_identity_are_refused() -> None:
    with pytest.raises(BadInput, match="identity"):
        rendered_text(HEAD + beacon("A-1", "interval_ms: 100") + beacon("A-2", "interval_ms: 100"))
