"""How little a gateway writes to its card (under 50 MB a day), as the kernel counts it."""

from pathlib import Path

from benchmarks.card import day_mb, measure
from protocol.instants import MINUTE

MOST_MB = 50


async def test_a_day_with_an_hour_offline_writes_less_than_50_mb(tmp_path: Path) -> None:
    with_server, without = await measure(tmp_path, MINUTE, 5 * MINUTE)
    assert day_mb(with_server.asked, without.asked) < MOST_MB
    assert day_mb(with_server.blocks, without.blocks) < MOST_MB
