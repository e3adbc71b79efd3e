"""The machine runs for minutes and wants the processors for itself: only `make radio` (`-m radio`) starts it."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "radio" in config.getoption("markexpr"):
        return
    for item in items:
        if item.get_closest_marker("radio") is not None:
            item.add_marker(pytest.mark.skip(reason="boots a kernel for minutes (make radio)"))
