"""Store plans to render: one of every kind, and with any text in place of a name."""

from typing import Any

from firmware_configs.render import Rendering, render
from firmware_configs.store import Hosts
from protocol.document import Document, read_document
from protocol.plan import StorePlan, plan_from_document

UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
HOSTS = Hosts(broker="broker.milan.example.com", pages="milan.example.com")
KIND_OF = {
    "ESP-1": "espruino",
    "HOME-1": "esphome",
    "ZEP-1": "zephyr",
    "BLU-1": "bluez",
    "BUY-1": "vendor-csv",
}


def plan_value(zone: str = "Shoes", store: str = "Milano") -> dict[str, Any]:
    """Return a plan as plain values: a beacon of every kind in one zone, one gateway."""
    beacons = [
        {
            "id": beacon,
            "zone": "shoes",
            "uuid": UUID,
            "major": 513,
            "minor": 11 + k,
            "measured_power_dbm": -68,
            "interval_ms": 200,
            "tx_power_dbm": -12,
            "position": [4, 3, 2.5],
            "firmware": kind,
        }
        for k, (beacon, kind) in enumerate(KIND_OF.items())
    ]
    floor = {"width_m": 40, "depth_m": 25}
    return {
        "version": 1,
        "store": {"id": "milan", "name": store, "timezone": "Europe/Rome", "locale": "it", "floor": floor},
        "zones": [{"id": "shoes", "name": zone, "polygon": [[0, 0], [8, 0], [8, 6], [0, 6]]}],
        "beacons": beacons,
        "gateways": [{"id": "gw-shoes", "zone": "shoes", "position": [4, 5, 3]}],
    }


def read_value(value: dict[str, Any]) -> tuple[StorePlan, Document]:
    document = Document(value, "plan.yaml", {})
    return plan_from_document(document), document


def rendered(value: dict[str, Any] | None = None) -> Rendering:
    plan, document = read_value(value or plan_value())
    return render(plan, document, HOSTS)


def rendered_text(text: str) -> Rendering:
    document = read_document(text, "plan.yaml")
    return render(plan_from_document(document), document, HOSTS)
