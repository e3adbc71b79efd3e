"""Spools messages as fast as it can and says each number once it is durable, until it is killed."""

import asyncio
import random
import sys
from pathlib import Path

from gateway.spool import Spool, Spooled


async def main(path: Path, boot: str) -> None:
    sizes = random.Random(boot)
    spool = await Spool(path).open()
    seq = 0
    while True:
        seq += 1
        await spool.add(Spooled(0, boot, seq, 0, True, b"x" * sizes.randrange(100, 4_000)), None)
        print("kept", seq, flush=True)
        if seq % 7 == 0:
            await spool.forget(boot, ((seq - 6, seq - 3),))
            print("forgot", seq - 6, seq - 3, flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
