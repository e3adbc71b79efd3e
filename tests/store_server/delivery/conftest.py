"""The shop in which a message waits."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.store_server.delivery.waiting import FATE, add_phone
from tests.store_server.shop import OPENING, Shop, furnish, line, open_shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop in which Ann has a phone, and a message to her waits in the outbox."""
    database = tmp_path / "aislecue.db"
    furnish(database)
    async with open_shop(database) as shop:
        shop.write(lambda session: add_phone(session, "ann", "phone-1"))
        await shop.sight("ann", line("e", OPENING, kind="enter"))
        await shop.go(92)
        assert shop.rows(FATE) == [("queued", None, 0)]
        yield shop
