"""Wait for something that other processes and threads bring about; the one place in the suite that looks again and again."""

import asyncio
from collections.abc import Callable

LOOK_AGAIN_S = 0.01


async def eventually(condition: Callable[[], object], timeout_s: float = 15) -> None:
    """Return once `condition()` is true. Raises TimeoutError."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110  # other processes set no Event
            await asyncio.sleep(LOOK_AGAIN_S)
