"""What a scenario may lean to, so that rare edges meet: corroboration, chains of sends, whole days, two stores at once."""

from random import Random
from typing import Any

from tests.reference.wall import DAY, SECOND, instant, written

Line = dict[str, Any]
LEANINGS = ["plain", "plain", "plain", "heard", "chain", "days", "roam", "budget"]


def lean_plan(rng: Random, leaning: str, plan: Line) -> None:
    policy = plan.setdefault("policy", {})
    if leaning == "heard":
        plan["gateways"] = [
            {"id": f"gw-{k}", "zone": zone["id"], "position": [4, 5, 3]}
            for k, zone in enumerate(plan["zones"])
        ]
        if rng.random() < 0.5:
            policy |= {"reentry_s": 0, "arbitration_s": rng.choice([0, 15, 30, 60, 100])}
    if leaning in ("heard", "days", "budget"):
        policy |= {"max_per_visit": 9, "quiet_hours": None, "global_holdout_pct": 0}
    if leaning == "days":
        policy["max_per_day"] = rng.choice([1, 1, 2, 3])
        if rng.random() < 0.3:
            policy["visit_gap_s"] = 86_400
    if leaning == "chain":
        policy["max_inbox_per_visit"] = rng.choice([1, 1, 2])


def lean_campaign(rng: Random, leaning: str, campaign: Line) -> None:
    if leaning == "plain":
        return
    campaign["status"] = "live"
    for key, chance in {"audience": 0.7, "schedule": 0.9}.items():
        if rng.random() < chance:
            campaign.pop(key, None)
    if leaning == "budget":
        campaign["limits"] = {"per_visit": 9, "total": rng.choice([1, 1, 2, 3])}
    if leaning == "roam":
        campaign["stores"] = "*"
        campaign["limits"] = {"per_visit": rng.choice([1, 9])}
    if leaning == "heard":
        campaign["trust"] = rng.choice(["corroborated", "corroborated", "app"])
        if rng.random() < 0.4:
            campaign["trigger"] = {"on": rng.choice(["arrive", "leave"])}
            campaign.pop("cancel_on_exit", None)
        campaign["limits"] = {"per_visit": 9}
    if leaning == "chain":
        lean_to_chain(rng, campaign)
    if leaning == "days":
        edges: list[Line] = [{"cooldown_s": 86_400}, {"per_shopper": {"max": 1, "within_days": 1}}, {}]
        campaign["limits"] = {"per_visit": rng.choice([1, 9])} | rng.choice(edges)
        if rng.random() < 0.4:
            campaign["audience"] = rng.choice(
                [
                    {"visits": {"at_least": 2, "within_days": rng.choice([0.001, 1])}},
                    {"received": {"within_days": 1}},
                ]
            )


def lean_to_chain(rng: Random, campaign: Line) -> None:
    """Let campaigns that decide at once wait for each other's sends and share the inbox."""
    if rng.random() < 0.7:
        campaign["channels"] = rng.choice([["staff"], ["inbox"], ["email", "staff"], ["sms"]])
        campaign["limits"] = {"per_visit": rng.choice([1, 9]), "total": rng.choice([1, 3, 99])}
    if rng.random() < 0.6:
        leaf: Line = {"received": {"campaign": rng.choice(["a", "b", "c-1", "d", "m"])}}
        if rng.random() < 0.4:
            leaf = {"received": {}}
        campaign["audience"] = leaf if rng.random() < 0.4 else {"not": leaf}


def leaning_gap(rng: Random, leaning: str) -> int:
    """Return the seconds to the next sighting that a leaning asks for, or 0."""
    if leaning == "days" and rng.random() < 0.35:
        return 86_400
    if leaning == "heard" and rng.random() < 0.4:
        return rng.choice([29, 30, 31, 45, 55, 60])
    return 0


def heard_presence(rng: Random, sightings: list[Line], step: int, arbitration_s: float) -> list[Line]:
    """Return few spans, each with its ends just on, before or after 30 s from a sighting."""
    lines: list[Line] = []
    edges = [-30, -30, -29, -31, 30, 30, 29, 31, 0, 24, 25, step, -step, arbitration_s, 30 + arbitration_s]
    for _ in range(rng.choice([1, 2, 4])):
        sighting = rng.choice(sightings)
        at = instant(sighting["at"])
        beacon = {key: sighting[key] for key in ("uuid", "major", "minor")}
        offsets = [rng.choice([-300, *edges]), rng.choice(edges)]
        if rng.random() < 0.2:
            offsets[1] = offsets[0]
        for offset, state in zip(sorted(offsets), ("present", "lost"), strict=True):
            if state == "lost" and rng.random() < 0.4:
                continue
            line = {"kind": "presence", "at": written(at + round(SECOND * offset)), "gateway": "gw-0"}
            right = sighting["minor"] // 10  # lean_plan puts gateway k into zone k
            line["gateway"] = f"gw-{rng.choice([right, right, right, 0, 1, 2])}"
            lines += [line | beacon | {"state": state}] * rng.choice([1, 1, 1, 2])
    return sorted(lines, key=lambda line: instant(line["at"]))


def exactly_days_before(rng: Random, at: int, arbitration_s: float) -> int:
    return at - rng.choice([1, 1, 2, 7]) * DAY + round(SECOND * rng.choice([0, arbitration_s, arbitration_s]))
