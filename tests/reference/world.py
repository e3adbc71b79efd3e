"""What the evaluator remembers: everything, in plain lists (SPEC 4)."""

from dataclasses import dataclass, field
from typing import Any

from tests.reference.wall import SECOND, instant

# SPEC 2: "defaults shown; all optional"
POLICY: dict[str, Any] = {
    "max_per_visit": 1,
    "max_per_day": 2,
    "max_inbox_per_visit": 3,
    "arbitration_s": 2,
    "exit_grace_s": 30,
    "reentry_s": 120,
    "leave_after_s": 180,
    "visit_gap_s": 1800,
    "max_stay_s": 3600,
    "quiet_hours": None,
    "global_holdout_pct": 0,
}
Identity = tuple[str, int, int]


@dataclass
class Sighting:
    id: str
    at: int
    shopper: str
    identity: Identity
    proximity: str
    kind: str


@dataclass
class Stay:
    """A shopper in a zone, open or ended."""

    zone: str
    band_at: dict[str, int] = field(default_factory=dict)
    held: bool = False
    last_at: int = 0
    ended_at: int | None = None
    exit_fired: bool = False
    dwells_fired: list[str] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)


@dataclass
class Visit:
    """A shopper in a store, running or over."""

    shopper: str
    store: str
    began_at: int
    sign_at: int
    leave_fired: bool = False
    over: bool = False
    stays: list[Stay] = field(default_factory=list)


@dataclass
class Trigger:
    on: str
    at: int
    campaign: dict[str, Any]
    visit: Visit
    stay: Stay | None
    channel: str | None = None


@dataclass
class Decision:
    at: int
    trigger: Trigger
    outcome: str
    reason: str | None
    words: dict[str, Any]


class Store:
    """A plan, with the policy's defaults filled in."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.id: str = plan["store"]["id"]
        self.timezone: str = plan["store"]["timezone"]
        self.locale: str | None = plan["store"].get("locale")
        self.policy = POLICY | (plan.get("policy") or {})
        self.never = [zone["id"] for zone in plan["zones"] if zone.get("interrupt") == "never"]
        self.beacons: dict[Identity, str] = {}
        for beacon in plan.get("beacons") or []:
            self.beacons[identity(beacon)] = beacon["zone"]
        self.gateways = {gateway["id"]: gateway["zone"] for gateway in plan.get("gateways") or []}

    def ms(self, name: str) -> int:
        seconds: float = self.policy[name]
        return round(seconds * SECOND)


def identity(line: dict[str, Any]) -> Identity:
    # SPEC 6: "UUIDs compare without case"
    return line["uuid"].lower(), line["major"], line["minor"]


def read_sightings(lines: list[dict[str, Any]]) -> list[Sighting]:
    sightings = [
        Sighting(
            id=line["id"],
            at=instant(line["at"]),
            shopper=line["shopper"],
            identity=identity(line),
            proximity=line.get("proximity") or "unknown",  # 4.2: "`unknown` (or missing)"
            kind=line.get("kind") or "ranged",  # Small print: "a missing `kind` is ranged"
        )
        for line in lines
    ]
    # 4.8: sorted by `at`, then id; Small print: then shopper, "then the first in the file"
    return sorted(sightings, key=lambda sighting: (sighting.at, sighting.id, sighting.shopper))
