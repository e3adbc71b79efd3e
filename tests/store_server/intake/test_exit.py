"""Who is revoked and still speaks is shown out once a minute, and the log says why it came in again."""

import asyncio
import logging

import pytest

from protocol.topics import GatewayAddress
from store_server.intake.errors import BrokerFault
from store_server.intake.exit import AGAIN_AFTER_MS, Exit
from tests.eventually import eventually
from tests.fakes.clock import ManualClock

HERE = GatewayAddress("milan", "gw-shoes")


async def test_each_is_shown_out_once_a_minute_and_a_broker_that_fails_does_not_end_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, shown = ManualClock(), list[GatewayAddress]()

    async def show_out(address: GatewayAddress) -> None:
        shown.append(address)
        if len(shown) == 1:
            raise BrokerFault("away")

    way_out = Exit(clock, show_out)
    with caplog.at_level(logging.WARNING):
        async with asyncio.TaskGroup() as group:
            running = group.create_task(way_out.run())
            for _ in range(3):
                way_out.saw([HERE])
            await eventually(lambda: "away" in caplog.text)
            clock.go(clock.now() + AGAIN_AFTER_MS)
            way_out.saw([HERE])
            await eventually(lambda: len(shown) == 2)
            running.cancel()
    assert shown == [HERE, HERE]
    assert "has not read the list" in caplog.text
