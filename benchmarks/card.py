"""What a gateway writes to its card in a day: whole gateway and real spool in virtual time, bytes as the kernel counts them (proc(5), io)."""

import argparse
import asyncio
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from protocol.instants import HOUR, MINUTE, SECOND, Instant
from tests.gateway.line_rig import MBIT, Rig, running

BEACONS = 12
DAY_H = 24
UP_MS = 10 * MINUTE
"""Long enough to see that nothing is written while the server answers."""
OFFLINE_H = 1
"""Of a usual day: broker restarts, a router that hangs, a provider's night work."""


@dataclass(frozen=True, slots=True)
class Written:
    """MB an hour: handed to the kernel, and what it wrote to the disk, in whole blocks."""

    asked: float
    blocks: float


def _counted() -> tuple[int, int]:
    lines = Path("/proc/self/io").read_text().splitlines()
    counts = {name: int(count) for name, _, count in (line.partition(": ") for line in lines)}
    return counts["wchar"], counts["write_bytes"]


async def _with_server(rig: Rig, span_ms: Instant) -> Written:
    before = _counted()
    await rig.pass_ms(span_ms)
    return _since(before, span_ms)


async def _without(rig: Rig, span_ms: Instant) -> Written:
    """Count an outage and its end: what was kept has to be sent and deleted, too."""
    before = _counted()
    rig.line.cut()
    await rig.pass_ms(span_ms, SECOND)
    rig.line.mend()
    while rig.gateway.spool.depth() > 1:
        await rig.pass_ms(10 * SECOND)
    return _since(before, span_ms)


def _since(before: tuple[int, int], span_ms: Instant) -> Written:
    asked, blocks = (after - first for after, first in zip(_counted(), before, strict=True))
    return Written(asked * HOUR / span_ms / 1e6, blocks * HOUR / span_ms / 1e6)


async def measure(folder: Path, up_ms: Instant, down_ms: Instant) -> tuple[Written, Written]:
    """Return what an hour with the server and an hour without it write."""
    async with running(Rig(folder, MBIT, BEACONS)) as rig:
        await rig.pass_ms(10 * SECOND)
        return await _with_server(rig, up_ms), await _without(rig, down_ms)


def day_mb(with_server: float, without: float, offline_h: float = OFFLINE_H) -> float:
    return with_server * (DAY_H - offline_h) + without * offline_h


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--folder", type=Path, help="on the disk to be counted; not one in memory")
    parser.add_argument("--hours", type=float, default=3.0, help="of virtual time without server")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        up, down = asyncio.run(measure(Path(folder), UP_MS, round(args.hours * HOUR)))
    days = {
        "usual": (day_mb(up.asked, down.asked), day_mb(up.blocks, down.blocks)),
        "offline": (day_mb(0, down.asked, DAY_H), day_mb(0, down.blocks, DAY_H)),
    }
    if args.json:
        print(
            json.dumps(
                {
                    day: {"asked_mb": round(asked, 1), "blocks_mb": round(blocks, 1)}
                    for day, (asked, blocks) in days.items()
                }
            )
        )
        return
    print(f"{BEACONS} beacons, one frame a second each; MB a day: asked for, written in blocks")
    for day, (asked, blocks) in days.items():
        print(f"{day:>8} {asked:8.1f} {blocks:8.1f}")


if __name__ == "__main__":
    main()
