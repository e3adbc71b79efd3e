"""A neutral mix of campaigns and events for rule engines: one store, 12 zones, the same draws for every engine."""

import random
from typing import Any

ZONES = [f"z{i}" for i in range(12)]
EVENTS = ["enter", "dwell", "exit", "proximity"]
TIERS = ["none", "bronze", "silver", "gold"]
LANGS = ["en", "de", "fr", "nl", "es"]
TAGS = [f"t{i}" for i in range(30)]


def campaigns(n: int, seed: int = 1) -> list[dict[str, Any]]:
    """Return conditions; None asks nothing. prox is at most, h0 <= hour < h1, visits at least."""
    r = random.Random(seed)
    out = []
    for i in range(n):
        h0 = r.randint(0, 16)
        out.append(
            {
                "id": i,
                "zone": None if r.random() < 0.15 else r.choice(ZONES),
                "event": r.choice(EVENTS),
                "prox": r.choice([0, 1, 1, 2, 2]),
                "tiers": sorted(r.sample(TIERS, r.randint(1, 3))) if r.random() < 0.7 else None,
                "tag": r.choice(TAGS) if r.random() < 0.5 else None,
                "lang": r.choice(LANGS) if r.random() < 0.5 else None,
                "h0": h0,
                "h1": h0 + r.randint(3, 8),
                "visits": r.choice([0, 0, 1, 3, 5, 10]),
            }
        )
    return out


def events(n: int, seed: int = 2) -> list[dict[str, Any]]:
    r = random.Random(seed)
    return [
        {
            "zone": r.choice(ZONES),
            "event": r.choice(EVENTS),
            "prox": r.choice([0, 1, 2]),
            "tier": r.choice(TIERS),
            "tags": r.sample(TAGS, r.randint(0, 8)),
            "lang": r.choice(LANGS),
            "hour": r.randint(7, 21),
            "visits": r.randint(0, 20),
        }
        for _ in range(n)
    ]


def hits(mix: list[dict[str, Any]], event: dict[str, Any]) -> list[int]:
    """Return what every engine must find, by plain loops."""
    return [
        c["id"]
        for c in mix
        if c["zone"] in (None, event["zone"])
        and c["event"] == event["event"]
        and event["prox"] <= c["prox"]
        and (c["tiers"] is None or event["tier"] in c["tiers"])
        and (c["tag"] is None or c["tag"] in event["tags"])
        and c["lang"] in (None, event["lang"])
        and c["h0"] <= event["hour"] < c["h1"]
        and event["visits"] >= c["visits"]
    ]
