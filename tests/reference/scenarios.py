"""Small rich scenarios, all valid by SPEC 2, 3 and 6; times sit on coarse grids so that ties and exact edges abound."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import strategies as st

from tests.reference.campaign_scenarios import Setting, random_campaign
from tests.reference.leanings import LEANINGS, exactly_days_before, heard_presence, lean_campaign, lean_plan
from tests.reference.walk_scenarios import random_walk
from tests.reference.wall import DAY, SECOND, instant, local, written

Line = dict[str, Any]
# Instants to begin near: wall clock changes of 2026 in each zone, and plain days
ZONES = {
    "Europe/Rome": ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2026-11-06T23:00:00Z"],
    "America/New_York": ["2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z", "2026-06-05T04:00:00Z"],
    "Australia/Lord_Howe": ["2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z", "2026-07-01T13:30:00Z"],
    "Asia/Kathmandu": ["2026-05-01T18:15:00Z", "2026-05-02T06:15:00Z"],
    "America/St_Johns": ["2026-03-08T05:30:00Z", "2026-11-01T04:30:00Z"],
}
STORE_IDS = ["milan-duomo", "a1", "z9"]
ZONE_IDS = ["entrance", "shoes", "till"]
SHOPPER_IDS = ["ann", "Bob", "zoë", "c-3"]
UUIDS = ["8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10", "3F0E6C1E-6a55-4a0e-8f0e-2b6f6f7d9a01"]


@dataclass
class Scenario:
    """The parsed documents of one run of `simulate`."""

    plans: list[Line] = field(default_factory=list)
    campaigns: list[Line] = field(default_factory=list)
    shoppers: list[Line] = field(default_factory=list)
    sightings: list[Line] = field(default_factory=list)
    history: list[Line] = field(default_factory=list)
    presence: list[Line] = field(default_factory=list)
    assume_live: list[str] = field(default_factory=list)


def from_seed(seed: int) -> Scenario:
    return random_scenario(Random(seed))


def scenarios() -> st.SearchStrategy[Scenario]:
    """Return scenarios by seed: the soak makes a failing one smaller than shrinking random draws would."""
    return st.integers(0, 2**63 - 1).map(from_seed)


def random_scenario(rng: Random) -> Scenario:
    step = rng.choice([1, 1, 2, 5, 10])
    leaning = rng.choice(LEANINGS)
    main_zone = rng.choice(list(ZONES))
    base = instant(rng.choice(ZONES[main_zone])) - rng.choice([0, 60, 300, 600]) * SECOND
    scenario = Scenario()
    for store in rng.sample(STORE_IDS, rng.choice([1, 1, 1, 2, 3])):
        timezone = main_zone if rng.random() < 0.7 else rng.choice(list(ZONES))
        scenario.plans.append(random_plan(rng, store, timezone, step, base))
        lean_plan(rng, leaning, scenario.plans[-1])
    spans = {plan["store"]["id"]: day_spans(rng, base, plan["store"]["timezone"]) for plan in scenario.plans}
    scenario.shoppers = [
        random_shopper(rng, name, rng.choice(list(spans.values())))
        for name in rng.sample(SHOPPER_IDS, rng.randint(1, 4))
    ]
    setting = Setting(
        step=step,
        stores=list(spans),
        zones=ZONE_IDS,
        spans=[span for some in spans.values() for span in some],
        day=local(base, main_zone)[0],
        arbitration_s=max(plan.get("policy", {}).get("arbitration_s", 2) for plan in scenario.plans),
    )
    names = rng.sample(["a", "b", "b2", "c-1", "c-10", "d", "e", "m", "x", "z"], rng.randint(1, 8))
    scenario.campaigns = [random_campaign(rng, name, setting) for name in names]
    for campaign in scenario.campaigns:
        lean_campaign(rng, leaning, campaign)
    not_live = [one["id"] for one in scenario.campaigns if one["status"] != "live"]
    scenario.assume_live = [name for name in not_live if rng.random() < 0.3]
    together = rng.random() < (0.8 if leaning in ("budget", "chain") else 0.2)
    for shopper in scenario.shoppers:
        if together and scenario.sightings:
            scenario.sightings += same_walk(rng, scenario, shopper["id"], step)
        else:
            scenario.sightings += random_walk(rng, scenario.plans, shopper["id"], base, step, leaning)
    spoil(rng, scenario, base)
    wait = rng.choice([plan["policy"].get("arbitration_s", 2) for plan in scenario.plans])
    scenario.history = [random_event(rng, scenario, wait) for _ in range(rng.choice([0, 2, 5, 12]))]
    if leaning == "heard":
        scenario.presence = heard_presence(rng, scenario.sightings, step, wait)
    else:
        scenario.presence = random_presence(rng, scenario, step)
    return scenario


def random_plan(rng: Random, store: str, timezone: str, step: int, base: int) -> Line:
    number = STORE_IDS.index(store) + 1
    plan: Line = {
        "version": 1,
        "store": {"id": store, "name": store, "timezone": timezone, "floor": {"width_m": 40, "depth_m": 25}},
        "zones": [
            {"id": zone, "name": zone, "polygon": [[0, 0], [8, 0], [8, 6], [0, 6]]}
            | ({"interrupt": "never"} if rng.random() < 0.15 else {})
            for zone in ZONE_IDS
        ],
        "beacons": [
            {"id": f"{zone}-{k}", "zone": zone, "uuid": UUIDS[k % 2], "major": number, "minor": z * 10 + k}
            for z, zone in enumerate(ZONE_IDS)
            for k in range(rng.choice([1, 1, 2]))
        ],
        "gateways": [
            {"id": f"gw-{k}", "zone": rng.choice(ZONE_IDS), "position": [4, 5, 3]}
            for k in range(rng.randint(0, 3))
        ],
    }
    plan["store"]["locale"] = rng.choice(["it", "en", "pt", "it-CH"])
    if rng.random() < 0.95:
        plan["policy"] = random_policy(rng, step, day_spans(rng, base, timezone))
    return plan


def random_policy(rng: Random, step: int, spans: list[str]) -> Line:
    # one store in ten knows no silence at all: every span is zero
    scale = step * rng.choice([0, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    grace = scale * rng.choice([0, 0.5, 1, 3, 3, 5, 10])
    reentry = scale * rng.choice([0, 1, 4, 10, 20])
    leave = grace + scale * rng.choice([0, 1, 5, 10])
    policy = {
        "exit_grace_s": grace,
        "reentry_s": reentry,
        "leave_after_s": leave,
        "visit_gap_s": max(leave, grace + reentry) + scale * rng.choice([0, 1, 10, 60]),
        "max_stay_s": grace + scale * rng.choice([0, 1, 10, 40]),
        "arbitration_s": rng.choice([0, 0, step, 2 * step, 5 * step, 20 * step, 0.5]),
        "max_per_visit": rng.choice([0, 1, 1, 2, 9, 9, 9]),
        "max_per_day": rng.choice([0, 1, 2, 5, 20, 20, 20]),
        "max_inbox_per_visit": rng.choice([0, 1, 1, 3]),
        "upload_lag_s": 10,
        "quiet_hours": rng.choice(spans) if rng.random() < 0.25 else None,
        "global_holdout_pct": rng.choice([0, 0, 0, 0, 12.5, 30, 60, 100]),
    }
    for key in ("arbitration_s", "max_per_visit", "max_per_day", "max_inbox_per_visit", "global_holdout_pct"):
        if rng.random() < 0.1:
            del policy[key]
    return policy


def day_spans(rng: Random, base: int, timezone: str) -> list[str]:
    """Return daily spans that begin or end close to where the walks are."""
    minute = local(base, timezone)[1] // (60 * SECOND)
    spans = []
    for _ in range(3):
        start = (minute + rng.choice([-720, -120, -30, -1, 0, 1, 2, 5, 10, 30, 60])) % 1440
        end = (start + rng.choice([1, 2, 5, 30, 60, 120, 600, 1380])) % 1440
        if rng.random() < 0.4:
            end = (minute + rng.choice([0, 1, 2, 3, 5])) % 1440
            start = (end - rng.choice([1, 30, 700, 1430])) % 1440
        spans.append(f"{clock(start)}-{'24:00' if end == 0 else clock(end)}")
    return spans


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def random_shopper(rng: Random, name: str, spans: list[str]) -> Line:
    shopper: Line = {"id": name}
    consent = {
        key: rng.random() < 0.85
        for key in ("push", "personalisation", "analytics", "sms", "email", "webhook")
    }
    shopper["consent"] = consent | {"proximity": rng.random() < 0.96}
    for key in list(consent):
        chance = rng.random()
        if chance < 0.04:
            del shopper["consent"][key]
        elif chance < 0.07:
            shopper["consent"][key] = rng.choice([None, 1, "true"])
    choices: Line = {
        "locale": ["it", "it-CH", "it-Latn-CH", "en-GB", "de", "IT", "fr-CA", None],
        "tier": ["gold", "silver", "platinum", "", None],
        "tags": [["running"], ["running", "kids"], [], None],
        "attributes": [random_attributes(rng), random_attributes(rng), None],
        "channels": [
            ["push"],
            ["push", "sms", "email", "webhook"],
            ["email", "sms"],
            [],
            None,
            ["push", "email"],
        ],
        "quiet_hours": [None, None, None, rng.choice(spans)],
    }
    for key, values in choices.items():
        if rng.random() < 0.85:
            shopper[key] = rng.choice(values)
    return shopper


def random_attributes(rng: Random) -> Line:
    choices: Line = {
        "first_name": ["Ann", "", "{n|x}", "Zoë 😀", 7, -3, True, None, ["Ann"], 2.5],
        "n": [0, 1, 3, 2.5, 10**20, True, "3", None],
        "vip": [True, False, 1, "true", None],
        "sizes": [["42", 43], [42], [], "42", [True], [None], [["42"]]],
    }
    return {key: rng.choice(values) for key, values in choices.items() if rng.random() < 0.75}


def same_walk(rng: Random, scenario: Scenario, shopper: str, step: int) -> list[Line]:
    """Walk as the first shopper did, at once or a little later: what they share is decided by order alone."""
    first = scenario.sightings[0]["shopper"]
    later = SECOND * step * rng.choice([0, 0, 1])
    prefix = rng.choice(["", "t"])
    return [
        line | {"id": prefix + line["id"], "shopper": shopper, "at": written(instant(line["at"]) + later)}
        for line in scenario.sightings
        if line["shopper"] == first
    ]


def spoil(rng: Random, scenario: Scenario, base: int) -> None:
    """Add what must be ignored: unknown beacons and shoppers, sightings sent twice; and shuffle."""
    for line in list(scenario.sightings):
        chance = rng.random()
        if chance < 0.03:
            scenario.sightings.append(line | {"minor": 999})
        elif chance < 0.05:
            scenario.sightings.append(line | {"shopper": "nobody"})
        elif chance < 0.08:
            again = instant(line["at"]) + SECOND * rng.choice([-5, 0, 0, 10])
            other = rng.choice(scenario.sightings)
            scenario.sightings.append(
                other | {"id": line["id"], "shopper": line["shopper"], "at": written(again)}
            )
    if rng.random() < 0.5:
        rng.shuffle(scenario.sightings)


def random_event(rng: Random, scenario: Scenario, wait: float) -> Line:
    near = instant(rng.choice(scenario.sightings)["at"])
    days = rng.choice([0, 0, 1, 1, 2, 7])
    at = near - days * DAY + SECOND * rng.choice([0, 0, -1, 1, -10, 10, -60, 60])
    if rng.random() < 0.4:
        at = exactly_days_before(rng, near, wait)
    event: Line = {
        "at": written(at),
        "shopper": rng.choice([*[one["id"] for one in scenario.shoppers], "nobody"]),
        "kind": rng.choice(["visit", "purchase", "received", "received", "opened"]),
    }
    choices: Line = {
        "store": [plan["store"]["id"] for plan in scenario.plans],
        "campaign": [one["id"] for one in scenario.campaigns],
        "tag": ["shoes", "kids"],
    }
    for key, values in choices.items():
        if rng.random() < 0.85:
            event[key] = rng.choice([*values, "elsewhere"] if rng.random() < 0.1 else values)
    return event


def random_presence(rng: Random, scenario: Scenario, step: int) -> list[Line]:
    lines: list[Line] = []
    if rng.random() < 0.25:
        return lines
    for _ in range(rng.choice([2, 10, 30])):
        sighting = rng.choice(scenario.sightings)
        offset = rng.choice([0, 0, -step, step, -30, -29, -31, 29, 30, 31, -60, -300])
        lines.append(
            {
                "kind": "presence",
                "at": written(instant(sighting["at"]) + SECOND * offset),
                "gateway": rng.choice(["gw-0", "gw-0", "gw-1", "gw-2", "gw-9"]),
                "uuid": sighting["uuid"],
                "major": sighting["major"],
                "minor": sighting["minor"],
                "state": rng.choice(["present", "present", "lost"]),
            }
        )
    lines.sort(key=lambda line: instant(line["at"]))
    if rng.random() < 0.3:
        at = lines[-1]["at"]
        lines.append({"kind": "gateway", "at": at, "gateway": "gw-0", "state": "silent"})
        lines.append({"kind": "summary", "frames": 3, "ibeacons": 2, "ignored": {}})
    return lines
