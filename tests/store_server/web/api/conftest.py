"""A door to the small shop for every test of the app's routes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.store_server.app_door import Door, open_door
from tests.store_server.shop import furnish


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    furnish(tmp_path / "aislecue.db", shoppers=[])
    async with open_door(tmp_path / "aislecue.db") as door:
        yield door
