"""docs/gateway.md names every setting, health key, step and metric that there is."""

import re
from pathlib import Path

import msgspec
import pytest

from gateway.metrics import render_metrics
from gateway.radio.port import Step
from gateway.settings import BrokerSettings, Settings
from protocol.messages import AdapterHealth, HealingStep, Health, SpoolHealth
from tests.gateway.test_metrics import HEALTH

PAGE = (Path(__file__).parents[2] / "docs" / "gateway.md").read_text(encoding="utf-8")
SPOKEN = set(re.findall(r"[a-z_-]+", " ".join(re.findall(r"`([^`\n]+)`", PAGE))))
UNSPOKEN = {"v", "address", "broker", "name", "state"}
"""The wire's version; `address` is `store` and `gateway`; the rest are words too short to look for."""


@pytest.mark.parametrize("kind", [Health, AdapterHealth, HealingStep, SpoolHealth])
def test_every_health_key_is_explained(kind: type[msgspec.Struct]) -> None:
    assert set(kind.__struct_fields__) - UNSPOKEN - SPOKEN == set()


@pytest.mark.parametrize("kind", [Settings, BrokerSettings])
def test_every_setting_is_explained(kind: type) -> None:
    assert set(kind.__dataclass_fields__) - UNSPOKEN - SPOKEN == set()  # type: ignore[attr-defined]


def test_every_step_is_explained() -> None:
    assert {str(step) for step in Step} - SPOKEN == set()


def test_every_metric_is_explained() -> None:
    rendered = render_metrics(msgspec.structs.replace(HEALTH, faults={"broker": "away"}))
    found = set(re.findall(r"^aislecue_gateway_(\w+)", rendered, re.MULTILINE))
    assert found - SPOKEN == set()
