"""A small store, its campaigns and shoppers, for tests of the rules."""

from collections.abc import Iterable
from typing import Any

from campaigns.decision import Decision
from campaigns.document import Campaign, campaign_from_document
from campaigns.hearing import GatewayHearing
from campaigns.shopper import Shopper
from campaigns.simulate import Perceived, Seen, Simulation, Spending
from campaigns.snapshot import Snapshot
from protocol.document import Document
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant, parse_instant
from protocol.plan import StorePlan, read_plan
from protocol.sighting import BANDS, Sighting

UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
SHOES, TILL, ENTRANCE = BeaconIdentity(UUID, 1, 1), BeaconIdentity(UUID, 1, 2), BeaconIdentity(UUID, 1, 3)
TEN = parse_instant("2026-11-03T10:00:00Z")
CONSENT = {"proximity": True, "push": True, "personalisation": True}

PLAN = f"""
version: 1
store: {{id: milan, name: Milano, timezone: Europe/Rome, locale: it, floor: {{width_m: 40, depth_m: 25}}}}
zones:
  - {{id: shoes, name: Shoes, polygon: [[20,10],[32,10],[32,20]]}}
  - {{id: till, name: Till, polygon: [[34,0],[40,0],[40,6]], interrupt: never}}
  - {{id: entrance, name: Entrance, polygon: [[0,0],[8,0],[8,6]]}}
beacons:
  - {{id: SHOES-1, zone: shoes, uuid: {UUID}, major: 1, minor: 1}}
  - {{id: TILL-1, zone: till, uuid: {UUID}, major: 1, minor: 2}}
  - {{id: ENT-1, zone: entrance, uuid: {UUID}, major: 1, minor: 3}}
gateways:
  - {{id: gw-shoes, zone: shoes}}
"""


def plan(policy: str = "") -> StorePlan:
    return read_plan(PLAN + (f"policy: {{{policy}}}\n" if policy else ""), "plan.yaml")


def campaign(id_: str = "c", **more: Any) -> Campaign:
    value: dict[str, Any] = {
        "version": 1,
        "id": id_,
        "name": id_,
        "status": "live",
        "stores": "*",
        "trigger": {"on": "enter", "zone": "shoes"},
        "message": {"en": {"title": id_, "body": "B"}},
    }
    return campaign_from_document(Document(value | more, f"{id_}.yaml", {}))


def shopper(id_: str = "s", **more: Any) -> Shopper:
    return Shopper(id_, **({"consent": CONSENT} | more))


def sighting(
    id_: str,
    at_s: float,
    beacon: BeaconIdentity = SHOES,
    band: str = "near",
    kind: str = "ranged",
    who: str = "s",
) -> Sighting:
    return Sighting(id_, TEN + round(at_s * SECOND), who, beacon, BANDS[band], kind)


def at_s(instant: Instant) -> float:
    return (instant - TEN) / SECOND


def seen(snapshot: Snapshot, sightings: Iterable[Sighting]) -> list[Seen]:
    """Return what counts of some sightings, in order, as a simulation takes them."""
    perceived: dict[tuple[BeaconIdentity, int, str], Perceived] = {}
    out: list[Seen] = []
    for one in sorted(sightings, key=lambda one: (one.at, one.id, one.shopper)):
        place = snapshot.zone_of(one.identity)
        if place is not None:
            what = Perceived(one.identity, place, one.band, one.kind)
            out.append((one.at, one.shopper, perceived.setdefault((one.identity, one.band, one.kind), what)))
    return out


def decided(
    campaigns: list[Campaign], sightings: list[Sighting], *, policy: str = "", **of: Any
) -> list[Decision]:
    """Simulate one or more shoppers through the sample store."""
    store = plan(policy)
    snapshot = Snapshot.build([store], campaigns)
    people = {one.id: one for one in of.get("shoppers", [shopper()])}
    simulation = Simulation(
        snapshot,
        [store],
        people,
        of.get("histories", {}),
        Spending(of.get("received", {})),
        of.get("presence", []),
    )
    return list(simulation.run(seen(snapshot, sightings)))


def hearing(store: StorePlan) -> GatewayHearing:
    return GatewayHearing([store])


def brief(decisions: list[Decision]) -> list[tuple[float, str, str, str | None]]:
    """(seconds after ten, campaign, outcome, reason) of each decision."""
    return [(at_s(one.at), one.campaign, one.outcome, one.reason) for one in decisions]
