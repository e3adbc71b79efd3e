"""Wait for whichever comes first: an event, or an instant of the injected clock."""

import asyncio

from protocol.clock import Clock
from protocol.instants import Instant


async def event_or_instant(event: asyncio.Event, clock: Clock, at: Instant) -> bool:
    """Return True where the event was set, False where the instant came first."""
    async with asyncio.TaskGroup() as group:
        name = asyncio.current_task()
        label = name.get_name() if name else "waiting"
        waiting = {
            group.create_task(event.wait(), name=f"{label}: event"),
            group.create_task(clock.sleep_until(at), name=f"{label}: clock"),
        }
        _, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()
    return event.is_set()
