"""Random campaigns for the scenarios, valid by SPEC 3."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.reference.wall import DAYS

Tree = dict[str, Any]
TEXTS = [
    "Hello {first_name|friend}",
    'Size {sizes|}? {n|"some"}',
    "Brace { and } and {first_name} and {{n|x}}",
    "Già\tqui\n\\ é😀 {vip|no}{first_name|a|b}",
]
LEAVES: list[Tree] = [
    {"field": "tier", "op": "eq", "value": "gold"},
    {"field": "tier", "op": "ne", "value": "gold"},
    {"field": "tier", "op": "in", "value": ["gold", "platinum"]},
    {"field": "tier", "op": "not_in", "value": ["gold"]},
    {"field": "tier", "op": "ge", "value": "gold"},
    {"field": "locale", "op": "exists"},
    {"field": "locale", "op": "eq", "value": "it"},
    {"field": "tags", "op": "contains", "value": "running"},
    {"field": "tags", "op": "contains_any", "value": ["kids", "golf"]},
    {"field": "tags", "op": "exists"},
    {"field": "attributes.first_name", "op": "exists"},
    {"field": "attributes.first_name", "op": "lt", "value": "Z"},
    {"field": "attributes.first_name", "op": "ne", "value": 7},
    {"field": "attributes.n", "op": "eq", "value": 1},
    {"field": "attributes.n", "op": "ge", "value": 1},
    {"field": "attributes.n", "op": "le", "value": 2.5},
    {"field": "attributes.n", "op": "gt", "value": "1"},
    {"field": "attributes.n", "op": "not_in", "value": [1, 3]},
    {"field": "attributes.vip", "op": "eq", "value": True},
    {"field": "attributes.vip", "op": "ne", "value": True},
    {"field": "attributes.vip", "op": "in", "value": [True, 1]},
    {"field": "attributes.sizes", "op": "contains", "value": "42"},
    {"field": "attributes.sizes", "op": "contains", "value": True},
    {"field": "attributes.sizes", "op": "contains_any", "value": [42, 43]},
    {"field": "attributes.sizes", "op": "ne", "value": "43"},
    {"field": "attributes.missing", "op": "ne", "value": "x"},
]


@dataclass(frozen=True)
class Setting:
    """What a campaign may name, daily spans near the walks, and the longest arbitration."""

    step: int
    stores: list[str]
    zones: list[str]
    spans: list[str]
    day: date
    arbitration_s: float


def random_campaign(rng: Random, name: str, setting: Setting) -> Tree:
    on = rng.choice(["arrive", "enter", "enter", "dwell", "dwell", "exit", "leave"])
    campaign: Tree = {
        "version": 1,
        "id": name,
        "name": f"Moment {name}",
        "status": rng.choices(["live", "draft", "paused", "ended"], [26, 1, 1, 1])[0],
        "stores": "*"
        if rng.random() < 0.5
        else rng.sample(setting.stores, rng.randint(1, len(setting.stores))),
        "trigger": random_trigger(rng, on, setting),
        "blocked": rng.choice(["inbox", "drop"]),
        "channels": random_channels(rng),
        "message": random_message(rng, name),
    }
    if rng.random() < 0.3:
        campaign["trust"] = rng.choice(["app", "corroborated", "corroborated"])
    if rng.random() < 0.2:
        campaign["schedule"] = random_schedule(rng, setting)
    if rng.random() < 0.28:
        campaign["audience"] = random_tree(rng, setting, 0)
    if rng.random() < 0.85:
        campaign["limits"] = random_limits(rng, setting)
    if rng.random() < 0.6:
        campaign["priority"] = rng.choice([0, 10, 50, 50, 90, 100])
    if rng.random() < 0.3:
        campaign["holdout_pct"] = rng.choice([0, 10, 33.3, 50, 100])
    if on in ("enter", "dwell") and rng.random() < 0.5:
        campaign["cancel_on_exit"] = rng.random() < 0.6
    if rng.random() < 0.3:
        campaign["variants"] = random_variants(rng, name)
    if rng.random() < 0.2:
        campaign["goal"] = {"kind": "purchase", "tag": "shoes", "within_s": 7200}
    # SPEC 3: "A campaign's deadline must exceed the arbitration of its stores."
    if setting.arbitration_s >= 120 or rng.random() < 0.2:
        campaign["deadline_s"] = setting.arbitration_s + rng.choice([0.5, 1, 600])
    return campaign


def random_trigger(rng: Random, on: str, setting: Setting) -> Tree:
    trigger: Tree = {"on": on}
    if on in ("enter", "dwell", "exit"):
        trigger["zone"] = rng.choice([setting.zones[0], *setting.zones])
    if on == "dwell":
        trigger["after_s"] = setting.step * rng.choice([1, 2, 3, 4, 5, 10, 15])
    if on in ("enter", "dwell") and rng.random() < 0.7:
        trigger["within"] = rng.choice(["immediate", "near", "far"])
    return trigger


def random_channels(rng: Random) -> list[str]:
    if rng.random() < 0.55:
        return ["push"]
    if rng.random() < 0.4:
        return rng.sample(["push", "sms", "webhook"], rng.randint(1, 3))
    return rng.sample(["push", "sms", "webhook", "inbox", "email", "staff"], rng.randint(1, 3))


def random_message(rng: Random, name: str) -> Tree:
    message: Tree = {}
    for locale in rng.sample(["en", "it", "it-CH", "fr", "pt"], rng.randint(1, 3)):
        words: Tree = {"title": f"{name} {locale} {rng.choice(TEXTS)}", "body": rng.choice(TEXTS)}
        if rng.random() < 0.5:
            words["link"] = "https://example.com/{n|x}"
        if rng.random() < 0.4:
            words["sms"] = f"sms {rng.choice(TEXTS)}"
        if rng.random() < 0.3:
            words["webhook"] = f"hook {rng.choice(TEXTS)}"
        message[locale] = words
    return message


def random_variants(rng: Random, name: str) -> list[Tree]:
    variants: list[Tree] = []
    for variant in rng.sample(["a", "b", "c"], rng.randint(1, 3)):
        one: Tree = {"id": variant, "weight": rng.choice([1, 50, 50, 99])}
        if rng.random() < 0.8:
            one["message"] = random_message(rng, f"{name}/{variant}")
        variants.append(one)
    return variants


def random_schedule(rng: Random, setting: Setting) -> Tree:
    schedule: Tree = {}
    if rng.random() < 0.3:
        schedule["starts"] = str(setting.day + timedelta(days=rng.choice([-1, -1, 0, 1])))
    if rng.random() < 0.3:
        earliest = date.fromisoformat(schedule.get("starts", str(setting.day - timedelta(days=1))))
        schedule["ends"] = str(earliest + timedelta(days=rng.choice([0, 1, 2])))
    if rng.random() < 0.5:
        today = setting.day.weekday()
        days = {DAYS[(today + shift) % 7] for shift in rng.sample([-2, -1, 0, 1, 2], rng.randint(1, 5))}
        schedule["days"] = sorted(days)
    if rng.random() < 0.7:
        schedule["hours"] = rng.sample(setting.spans, rng.randint(1, 2))
    return schedule


def random_limits(rng: Random, setting: Setting) -> Tree:
    limits: Tree = {}
    if rng.random() < 0.8:
        limits["per_visit"] = rng.choice([0, 1, 1, 2, 9, 9, 9, 9])
    if rng.random() < 0.2:
        limits["per_shopper"] = {"max": rng.choice([0, 1, 2]), "within_days": rng.choice([0.01, 1, 2, 7])}
    if rng.random() < 0.3:
        limits["cooldown_s"] = rng.choice([0, *(setting.step * k for k in (1, 3, 5, 7, 10)), 60, 86_400])
    if rng.random() < 0.3:
        limits["total"] = rng.choice([0, 1, 1, 2, 3])
    return limits


def random_tree(rng: Random, setting: Setting, depth: int) -> Tree:
    shape = rng.random()
    if depth < 3 and shape < 0.25:
        branch = rng.choice(["all", "any", "any"])
        return {branch: [random_tree(rng, setting, depth + 1) for _ in range(rng.randint(1, 3))]}
    if depth < 3 and shape < 0.4:
        return {"not": random_tree(rng, setting, depth + 1)}
    if shape < 0.7:
        return dict(rng.choice(LEAVES))
    return random_history_leaf(rng, setting)


def random_history_leaf(rng: Random, setting: Setting) -> Tree:
    leaf = rng.choice(["visits", "purchased", "received", "received", "opened", "visited_zone"])
    if leaf == "visited_zone":
        return {leaf: {"zone": rng.choice(setting.zones)} if rng.random() < 0.9 else {}}
    keys: Tree = {}
    if rng.random() < 0.6:
        keys["within_days"] = rng.choice([0.5, 1, 2, 7])
    if leaf == "visits" and rng.random() < 0.8:
        keys["at_least"] = rng.choice([1, 2, 2, 3])
    if leaf == "purchased" and rng.random() < 0.7:
        keys["tag"] = rng.choice(["shoes", "kids"])
    if leaf in ("received", "opened") and rng.random() < 0.5:
        keys["campaign"] = rng.choice(["a", "b", "c-1", "d", "m", "x", "z"])
    return {leaf: keys}
