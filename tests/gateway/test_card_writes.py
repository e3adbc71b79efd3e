"""How little a gateway writes to its card (under 50 MB a day), as the kernel counts it."""

from pathlib import Path

import pytest

from benchmarks.card import DAY_H, day_mb, measure
from protocol.instants import MINUTE

MOST_MB = 50


@pytest.mark.timeout(300)  # a quarter of an hour of messages, each through a real spool
async def test_neither_a_usual_day_nor_one_wholly_offline_writes_50_mb(tmp_path: Path) -> None:
    with_server, without = await measure(tmp_path, MINUTE, 12 * MINUTE)
    assert day_mb(with_server.blocks, without.blocks) < MOST_MB / 5
    assert day_mb(0, without.asked, DAY_H) < MOST_MB
    assert day_mb(0, without.blocks, DAY_H) < MOST_MB
