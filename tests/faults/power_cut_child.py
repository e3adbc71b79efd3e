"""Spools messages in batches as fast as it can and says each number once it is durable, until it is killed."""

import asyncio
import random
import sys
from pathlib import Path

from gateway.batch import Spooled
from gateway.spool import Spool

MOST_TOGETHER = 6
FORGETS = 0.6


async def main(path: Path, boot: str) -> None:
    sizes = random.Random(boot)
    spool = await Spool(path).open()
    seq = 0
    while True:
        first = seq + 1
        for seq in range(first, first + sizes.randrange(1, MOST_TOGETHER)):
            await spool.hold(Spooled(0, boot, seq, 0, True, sizes.randbytes(sizes.randrange(100, 4_000))), 0)
        await spool.settle(None)
        print("kept", first, seq, flush=True)
        if sizes.random() < FORGETS:
            last = sizes.randint(first, seq)
            print("forgets", first, last, flush=True)  # before it does: the word for it cannot die on its way
            await spool.forget(boot, ((first, last),))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
