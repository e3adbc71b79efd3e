"""Fixtures for the whole suite: real parts that several packages are tested against."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import Mosquitto


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """Run a mosquitto with our rendered configuration; skipped, with its reason, where there is none."""
    directory = tmp_path / "mosquitto"
    directory.mkdir()
    broker = Mosquitto(directory).start()
    yield broker
    broker.stop()
