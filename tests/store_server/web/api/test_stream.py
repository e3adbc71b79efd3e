"""The event stream: says that the inbox changed, once a change, whichever process changed it."""

import asyncio

from store_server.web.api.deps import Caller
from store_server.web.api.stream import _events
from tests.store_server.app_door import EVERYTHING, Door, accept_all, enter


async def test_a_change_of_the_inbox_is_told_to_whoever_listens(door: Door) -> None:
    phone = await door.phone(EVERYTHING)
    events = _events(door.side, Caller("i", await phone.shopper()))
    assert await anext(events) == "retry: 3000\n\n"
    first = await anext(events)
    assert first.startswith('event: inbox\ndata: "')

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        watching = group.create_task(door.side.watch.run())
        await phone.post("/v1/sightings", json={"sightings": [enter()]})
        await door.shop.go(93)
        door.shop.write(accept_all)
        following = group.create_task(anext(events))
        while not following.done():
            await door.shop.go(1)
        watching.cancel()

    assert following.result().startswith("event: inbox")
    assert following.result() != first
    await events.aclose()
    assert door.side.watch.listeners == 0
