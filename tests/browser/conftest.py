"""One whole road for every story; where a part is not installed, its story is skipped with that reason."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.brokers import mosquitto_path
from tests.browser.firefox import firefox_path
from tests.browser.road import Road, open_road


@pytest.fixture
async def road(tmp_path: Path) -> AsyncIterator[Road]:
    firefox_path()
    mosquitto_path()
    async with open_road(tmp_path) as road:
        yield road
