"""A store of thousands of beacons: a plan and what its gateways hear, for the pages that must not grow with it."""

from typing import Any

from sqlalchemy import Engine, insert

from protocol.instants import DAY, HOUR, SECOND
from store_server.db.session import writing
from store_server.db.tables import Gateway, PlanRevision, Presence
from tests.store_server.web.console.sample import NOW, UUID

LARGE = "large-hall"
ACROSS = 8
SILENT_IN = 50


def large_plan(beacons: int, zones: int = 40, gateways: int = 40) -> str:
    head = f"store: {{id: {LARGE}, name: Large Hall, timezone: Europe/Rome, locale: it, floor: {{width_m: 200, depth_m: 120}}}}"
    lines = ["version: 1", head, "zones:"]
    for k in range(zones):
        x, y = _corner(k)
        corners = f"[{x}, {y}], [{x + 24}, {y}], [{x + 24}, {y + 22}], [{x}, {y + 22}]"
        lines.append(f"  - {{id: z{k}, name: Zone {k}, polygon: [{corners}]}}")
    lines.append("beacons:")
    for k in range(beacons):
        x, y = _corner(k % zones)
        place = f"[{x + 1 + k // zones % 16}, {y + 1 + k // zones // 16 % 16}, 2.5]"
        lines.append(
            f"  - {{id: B-{k}, zone: z{k % zones}, uuid: {UUID}, major: 9, minor: {k}, position: {place}}}"
        )
    lines.append("gateways:")
    for k in range(gateways):
        x, y = _corner(k % zones)
        lines.append(f"  - {{id: gw-{k}, zone: z{k % zones}, position: [{x + 12}, {y + 11}, 3]}}")
    return "\n".join((*lines, ""))


def add_large_store(engine: Engine, beacons: int, zones: int = 40) -> None:
    """Add the store; every beacon is heard by the gateway of its zone, but for one in SILENT_IN."""
    with writing(engine) as session:
        session.add(
            PlanRevision(
                store=LARGE, revision=1, text=large_plan(beacons), applied_at=NOW - DAY, applied_by="anna"
            )
        )
        for k in range(zones):
            at = NOW - 4 * SECOND
            session.add(Gateway(store=LARGE, id=f"gw-{k}", status="online", status_at=at, presence_at=at))
        rows = [_heard(k, zones) for k in range(beacons)]
        for begin in range(0, len(rows), 2_000):
            session.connection().execute(insert(Presence), rows[begin : begin + 2_000])


def _corner(zone: int) -> tuple[int, int]:
    return zone % ACROSS * 25, zone // ACROSS * 24


def _heard(k: int, zones: int) -> dict[str, Any]:
    at = NOW - HOUR if k % SILENT_IN == 0 else NOW - 3 * SECOND
    identity = {"store": LARGE, "gateway": f"gw-{k % zones}", "uuid": UUID, "major": 9, "minor": k}
    times = {"changed_at": NOW - DAY, "first_at": NOW - DAY, "last_at": at, "learned_at": at}
    return {
        **identity,
        **times,
        "state": "present",
        "rssi_dbm": -60 - k % 30,
        "measured_power_dbm": -59,
        "frames": 9,
    }
