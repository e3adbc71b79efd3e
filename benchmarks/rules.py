"""How many events a second does one core match against 10 to 10,000 campaigns of one store? Side by side with the peers."""

import argparse
import json
import statistics
import sys
import time
from collections import defaultdict
from typing import Any

from benchmarks import campaign_mix as mix_of
from benchmarks.peers import ROOT, answer, machine, node_with, python_with
from campaigns.audience import Facts
from campaigns.document import Campaign, campaign_from_document
from campaigns.index import RuleIndex
from campaigns.schedule import WallClock
from campaigns.shopper import Shopper
from campaigns.snapshot import Rule, Snapshot
from campaigns.state import History, Visit
from protocol.document import Document
from protocol.plan import read_plan
from protocol.sighting import BANDS

SIZES = (10, 100, 1_000, 10_000)
EVENTS = 10_000
ROUNDS = 3
PEER_BUDGET_S = 2.0
PEERS = {
    "zen-engine": "zen-engine",
    "rule-engine": "rule-engine",
    "cel": "common-expression-language",
    "durable_rules": "durable_rules",
}
BAND_NAMES = {band: name for name, band in BANDS.items()}


def documents(c: dict[str, Any]) -> list[Campaign]:
    """Write one drawn campaign as ours; one for every zone where it names none."""
    parts: list[dict[str, Any]] = []
    if c["tiers"]:
        parts.append({"field": "tier", "op": "in", "value": c["tiers"]})
    if c["tag"]:
        parts.append({"field": "tags", "op": "contains", "value": c["tag"]})
    if c["lang"]:
        parts.append({"field": "locale", "op": "eq", "value": c["lang"]})
    if c["visits"]:
        parts.append({"visits": {"at_least": c["visits"] + 1}})
    out = []
    for zone in [c["zone"]] if c["zone"] else mix_of.ZONES:
        place = f"{zone}-{c['event']}"
        value = {
            "version": 1,
            "id": f"c-{c['id']}-{place}",
            "name": str(c["id"]),
            "status": "live",
            "stores": ["s"],
            "trigger": {"on": "enter", "zone": place, "within": BAND_NAMES[c["prox"]]},
            "schedule": {"hours": [f"{c['h0']:02}:00-{c['h1']:02}:00"]},
            "message": {"en": {"title": "T", "body": "B"}},
        }
        out.append(
            campaign_from_document(
                Document(value | ({"audience": {"all": parts}} if parts else {}), "mix", {})
            )
        )
    return out


def plan_text() -> str:
    zones = [f"{zone}-{event}" for zone in mix_of.ZONES for event in mix_of.EVENTS]
    rows = "\n".join(f"  - {{id: {zone}, name: {zone}, polygon: [[0,0],[1,0],[1,1]]}}" for zone in zones)
    store = "store: {id: s, name: S, timezone: UTC, locale: en, floor: {width_m: 9, depth_m: 9}}"
    return f"version: 1\n{store}\nzones:\n{rows}\n"


class Ours:
    """The product's index, as a first sighting at a band uses it: every campaign of that band or a wider one."""

    def __init__(self, mix: list[dict[str, Any]]) -> None:
        store = Snapshot.build(
            [read_plan(plan_text(), "plan")], [d for c in mix for d in documents(c)]
        ).stores["s"]
        rules: dict[tuple[str, int], list[Rule]] = defaultdict(list)
        for (zone, within), some in store.enter.items():
            for band in range(within + 1):
                rules[zone, band] += some
        self.indexes = {key: RuleIndex(some) for key, some in rules.items()}

    def case(self, event: dict[str, Any]) -> tuple[tuple[str, int], Facts, WallClock]:
        shopper = Shopper(
            "s", event["lang"], event["tier"], tuple(event["tags"]), consent={"personalisation": True}
        )
        facts = Facts(shopper, Visit("s", 1, 0, 0), range(event["visits"] + 1), History(), (), 1_000)
        return (f"{event['zone']}-{event['event']}", event["prox"]), facts, WallClock(1, event["hour"] * 60)

    def run(self, cases: list[tuple[tuple[str, int], Facts, WallClock]]) -> list[list[str]]:
        indexes = self.indexes
        out = []
        for key, facts, clock in cases:
            index = indexes.get(key)
            out.append([rule.campaign.name for rule in index.matching(facts, clock)] if index else [])
        return out


def measure_ours(mix: list[dict[str, Any]], events: list[dict[str, Any]], expected: list[list[int]]) -> float:
    ours = Ours(mix)
    cases = [ours.case(event) for event in events]
    rates = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        found = ours.run(cases)
        rates.append(len(events) / (time.process_time() - begun))
        if [sorted(map(int, names)) for names in found[: len(expected)]] != expected:
            sys.exit("ours found other campaigns than plain loops do")
    return statistics.median(rates)


def measure_peer(
    name: str, mix: list[dict[str, Any]], events: list[dict[str, Any]], expected: list[list[int]]
) -> Any:
    question = {"engine": name, "campaigns": mix, "events": events, "budget_s": PEER_BUDGET_S}
    if name == "json-rules-engine":
        home = node_with(name)
        told = answer(["node", str(ROOT / "benchmarks" / "rules_peer.cjs")], question, cwd=home)
    else:
        python = python_with(*PEERS.values())
        told = answer([str(python), str(ROOT / "benchmarks" / "rules_peers.py")], question)
    if "failed" in told:
        return told
    shared = min(len(told["hits"]), len(expected))
    if told["hits"][:shared] != expected[:shared]:
        return {"failed": "found other campaigns than plain loops do"}
    return round(told["events_s"], 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    args = parser.parse_args()
    result: dict[str, Any] = {
        "machine": machine(),
        "ours": {},
        "peers": {name: {} for name in [*PEERS, "json-rules-engine"]},
    }
    for size in args.sizes:
        mix, events = mix_of.campaigns(size), mix_of.events(EVENTS)
        expected = [mix_of.hits(mix, event) for event in events[:1_000]]
        result["ours"][str(size)] = round(measure_ours(mix, events, expected))
        for name, row in result["peers"].items():
            row[str(size)] = measure_peer(name, mix, events, expected)
    for size in args.sizes:
        rates = [row[str(size)] for row in result["peers"].values() if isinstance(row[str(size)], float)]
        if rates:
            result[f"ratio_best_peer_{size}"] = round(result["ours"][str(size)] / max(rates), 1)
    if args.json:
        print(json.dumps(result))
        return
    print(f"Events a second on one core ({result['machine']})")
    for name, row in [("ours", result["ours"]), *result["peers"].items()]:
        print(f"  {name:<18}" + "".join(f"{row[str(size)]!s:>14}" for size in args.sizes))


if __name__ == "__main__":
    main()
