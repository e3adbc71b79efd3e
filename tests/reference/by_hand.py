"""Small documents for decisions worked out by hand: one store in Milan, one shopper, one morning."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.reference.product import expected, simulated
from tests.reference.scenarios import Scenario
from tests.reference.wall import instant, written

UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
MINORS = {"entrance": 11, "shoes": 21, "till": 31}
FULL_CONSENT = {"proximity": True, "push": True, "personalisation": True, "analytics": True}


def plan(**policy: Any) -> dict[str, Any]:
    square = [[0, 0], [8, 0], [8, 6], [0, 6]]
    return {
        "version": 1,
        "store": {
            "id": "milan",
            "name": "Milano",
            "timezone": "Europe/Rome",
            "locale": "it",
            "floor": {"width_m": 40, "depth_m": 25},
        },
        "policy": {"arbitration_s": 0, "max_per_visit": 9, "max_per_day": 9} | policy,
        "zones": [
            {"id": "entrance", "name": "Entrance", "polygon": square},
            {"id": "shoes", "name": "Shoes", "polygon": square},
            {"id": "till", "name": "Till", "polygon": square, "interrupt": "never"},
        ],
        "beacons": [
            {"id": f"B-{minor}", "zone": zone, "uuid": UUID, "major": 1, "minor": minor}
            for zone, minor in MINORS.items()
        ],
        "gateways": [{"id": "gw-shoes", "zone": "shoes", "position": [4, 5, 3]}],
    }


def campaign(name: str, on: str, **more: Any) -> dict[str, Any]:
    trigger: dict[str, Any] = {"on": on}
    for key in ("zone", "after_s", "within"):
        if key in more:
            trigger[key] = more.pop(key)
    return {
        "version": 1,
        "id": name,
        "name": name,
        "status": "live",
        "stores": "*",
        "trigger": trigger,
        "limits": {"per_visit": 9},
        "blocked": "drop",
        "channels": ["push"],
        "message": {"en": {"title": name, "body": "Hello {first_name|friend}"}},
    } | more


def shopper(**more: Any) -> dict[str, Any]:
    return {"id": "ann", "locale": "en", "consent": FULL_CONSENT, "channels": ["push", "sms"]} | more


def seen(clock: str, zone: str = "shoes", proximity: str = "far", kind: str = "ranged") -> dict[str, Any]:
    at = f"2026-11-02T{clock}Z"
    minor = MINORS[zone]
    return {
        "id": f"{at}-{zone}-{kind}",
        "at": at,
        "shopper": "ann",
        "uuid": UUID.upper(),
        "major": 1,
        "minor": minor,
        "proximity": proximity,
        "kind": kind,
    }


def presence(clock: str, state: str) -> dict[str, Any]:
    at = f"2026-11-02T{clock}Z"
    return {
        "kind": "presence",
        "at": at,
        "gateway": "gw-shoes",
        "uuid": UUID,
        "major": 1,
        "minor": 21,
        "state": state,
    }


def run(
    campaigns: list[dict[str, Any]],
    sightings: list[dict[str, Any]],
    *,
    who: dict[str, Any] | None = None,
    policy: dict[str, Any] | None = None,
    history: list[dict[str, Any]] | None = None,
    heard: list[dict[str, Any]] | None = None,
) -> list[tuple[str, str, str, str | None]]:
    scenario = Scenario(
        [plan(**(policy or {}))], campaigns, [who or shopper()], sightings, history or [], heard or []
    )
    written = expected(scenario)
    # what is worked out by hand holds for the product as well
    with TemporaryDirectory() as folder:
        assert simulated(scenario, Path(folder)) == written
    lines = [json.loads(line) for line in written.splitlines()]
    return [(one["at"][11:-1], one["campaign"], one["outcome"], one["reason"]) for one in lines]


def sent(*pairs: tuple[str, str]) -> list[tuple[str, str, str, str | None]]:
    return [(clock, name, "send", None) for clock, name in pairs]


def ranged(first: str, count: int, proximity: str) -> list[dict[str, Any]]:
    start = instant(f"2026-11-02T{first}Z")
    return [seen(written(start + 1000 * k)[11:-1], proximity=proximity) for k in range(count)]
