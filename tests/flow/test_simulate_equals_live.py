"""What the demo decided live, `aislecue simulate` decides again from the recording: 0 differences; nothing lost, nothing twice."""

from pathlib import Path

import pytest

from aislecue.cli import main
from aislecue.demo.run import one_hour
from aislecue.demo.whole_store import Wish
from protocol.instants import MINUTE


@pytest.mark.timeout(240)
async def test_the_recorded_quarter_of_an_hour_decides_the_same_again(tmp_path: Path) -> None:
    record = tmp_path / "record"
    summary = await one_hour(Wish(shoppers=4, seed=7), tmp_path / "store", record, lasts=18 * MINUTE)
    assert (summary.lost, summary.duplicates) == (0, 0)
    assert summary.messages["accepted"] > 0
    assert summary.presence_messages > 4 * 18 * 6
    out = tmp_path / "again.jsonl"
    code = main(
        [
            *("simulate", "--plan", str(record / "plans" / "milano-centro.yaml")),
            *("--campaigns", str(record / "campaigns"), "--shoppers", str(record / "shoppers.jsonl")),
            *("--sightings", str(record / "sightings.jsonl"), "--history", str(record / "history.jsonl")),
            *("--presence", str(record / "presence.jsonl"), "--out", str(out)),
        ]
    )
    assert code == 0
    live = (record / "decisions.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(live) > 5
    assert out.read_text(encoding="utf-8").splitlines() == live
