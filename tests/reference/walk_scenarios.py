"""Random walks of one phone for the scenarios: steps that fall on, just before and just after every policy's edge."""

from random import Random
from typing import Any

from tests.reference.leanings import leaning_gap
from tests.reference.wall import SECOND, written

Line = dict[str, Any]
PROXIMITIES = ["immediate", "near", "near", "far", "far", "unknown"]


def random_walk(
    rng: Random, plans: list[Line], shopper: str, base: int, step: int, leaning: str
) -> list[Line]:
    plan = rng.choice(plans)
    beacon = rng.choice(plan["beacons"])
    at = base + step * SECOND * rng.randint(0, 20)
    pocketed = rng.random() < 0.3
    roaming = 0.7 if leaning == "roam" else rng.choice([0.1, 0.1, 0.5])
    lines: list[Line] = []
    for _ in range(rng.choice([1, 4, 10, 20, 40])):
        policy: Line = {"exit_grace_s": 30, "reentry_s": 120} | plan.get("policy", {})
        if rng.random() < roaming:
            plan = rng.choice(plans)
            beacon = rng.choice(plan["beacons"])
        elif rng.random() < 0.3:
            beacon = rng.choice(plan["beacons"])
        kinds = ["enter", "enter", "exit", "ranged"] if pocketed else ["ranged"] * 12 + ["enter", "exit"]
        line: Line = {
            "id": f"s{rng.randint(0, 400)}",
            "at": stamp(rng, at),
            "shopper": shopper,
            "uuid": beacon["uuid"].upper() if rng.random() < 0.2 else beacon["uuid"],
            "major": beacon["major"],
            "minor": beacon["minor"],
        }
        for key, value in {
            "kind": rng.choice(kinds),
            "proximity": rng.choice(PROXIMITIES),
            "rssi": -60,
        }.items():
            if rng.random() < 0.95:
                line[key] = value
        lines.append(line)
        at += round(SECOND * (leaning_gap(rng, leaning) or random_gap(rng, policy, step)))
    return lines


def proximity(rng: Random) -> str | None:
    return None if rng.random() < 0.02 else rng.choice(PROXIMITIES)


def random_gap(rng: Random, policy: Line, step: int) -> float:
    grace, reentry = policy["exit_grace_s"], policy["reentry_s"]
    if rng.random() < 0.6:
        return step * rng.choice([0, 1, 1, 1, 2, 3])
    edges = [grace, grace + reentry, policy.get("leave_after_s", 180), policy.get("visit_gap_s", 1800)]
    edges += [policy.get("max_stay_s", 3600), grace + reentry / 2, 30, 86_400]
    weights = [6, 4, 3, 2, 2, 6, 2, 0.3]
    edge: float = rng.choices(edges, weights)[0]
    return max(0, edge + rng.choice([0, 0, 0, -step, step]))


def stamp(rng: Random, at: int) -> str:
    if rng.random() < 0.02:
        at += rng.choice([-1, 1])
    text = written(at)
    return text[:-1] + "999Z" if at % SECOND and rng.random() < 0.5 else text
