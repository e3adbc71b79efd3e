"""How many events a second does one core match against 10 to 10,000 campaigns of one store? Side by side with the peers."""

import argparse
import gc
import json
import statistics
import sys
import time
from dataclasses import dataclass
from typing import Any

from benchmarks import campaign_mix as mix_of
from benchmarks.peers import ROOT, answer, machine, node_with, python_with
from campaigns.document import Campaign, campaign_from_document
from campaigns.hearing import GatewayHearing
from campaigns.pipeline import Pipeline
from campaigns.shopper import Shopper
from campaigns.simulate import Spending
from campaigns.snapshot import BeaconPlace, Snapshot
from campaigns.state import Presence, ShopperState
from campaigns.stays import Sights
from protocol.document import Document
from protocol.identity import BeaconIdentity
from protocol.instants import HOUR, SECOND, parse_instant
from protocol.plan import read_plan
from protocol.sighting import BANDS, RANGED, Sighting

SIZES = (10, 100, 1_000, 10_000)
EVENTS = 10_000
MATCH_ROUNDS, DECIDE_ROUNDS = 7, 3
"""Of each the median; the first also builds what a trigger's rules are matched by, as it is built when first asked for."""
PEER_BUDGET_S = 2.0
PEERS = {
    "zen-engine": "zen-engine",
    "rule-engine": "rule-engine",
    "cel": "common-expression-language",
    "durable_rules": "durable_rules",
}
UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
MONDAY = parse_instant("2026-11-02T00:00:00Z")
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


@dataclass
class Event:
    """One event as the product sees it: a shopper's first sighting in a zone, not yet applied to the shopper's state."""

    shopper: Shopper
    state: ShopperState
    place: BeaconPlace
    sighting: Sighting


class Ours:
    """The product's rules of one store, as `simulate` and the server run them."""

    def __init__(self, mix: list[dict[str, Any]]) -> None:
        store = read_plan(plan_text(), "plan")
        snapshot = Snapshot.build([store], [d for c in mix for d in documents(c)])
        self._sights = Sights(snapshot, GatewayHearing([store]))
        self._pipeline = Pipeline(snapshot, Spending({}), self._sights, explains=False)
        gc.freeze()  # as the server does with rules in force (store_server/rules.py)

    def match(self, events: list[dict[str, Any]]) -> tuple[float, list[list[int]]]:
        """Return events a second and hits: a trigger's campaigns that are live, on, and meant for the shopper."""
        cases = []
        for one in map(as_ours, events):
            fired = self._sights.sight(one.state.presence, one.place, one.sighting, one.sighting.at) or []
            cases.append((fired, one.shopper, one.state))
        match = self._pipeline.match
        begun = time.process_time()
        hits = [
            [one.rules[k].id for one in fired for k in match(one, shopper, state)[0]]
            for fired, shopper, state in cases
        ]
        rate = len(events) / (time.process_time() - begun)
        return rate, [sorted(int(id_.split("-")[1]) for id_ in ids) for ids in hits]

    def decide(self, events: list[dict[str, Any]]) -> tuple[float, int]:
        """Return events a second from sighting to decisions, and the decisions: one a campaign whose trigger fired."""
        cases, decisions = [as_ours(event) for event in events], 0
        begun = time.process_time()
        for one in cases:
            at = one.sighting.at
            fired = self._sights.sight(one.state.presence, one.place, one.sighting, at)
            decisions += len(self._pipeline.judge(fired or [], one.shopper, one.state, at))
            decisions += len(self._pipeline.close_window(one.shopper, one.state, at + 2 * SECOND))
        return len(events) / (time.process_time() - begun), decisions


def as_ours(event: dict[str, Any]) -> Event:
    consent = {"personalisation": True, "push": True}
    shopper = Shopper("s", event["lang"], event["tier"], tuple(event["tags"]), consent=consent)
    state = ShopperState(presence=Presence(started={"s": list(range(event["visits"]))}))
    zone = f"{event['zone']}-{event['event']}"
    identity = BeaconIdentity(UUID, 1, 1)
    at = MONDAY + event["hour"] * HOUR
    return Event(
        shopper, state, BeaconPlace("s", zone, "b"), Sighting("a", at, "s", identity, event["prox"], RANGED)
    )


def measure_ours(
    mix: list[dict[str, Any]], events: list[dict[str, Any]], expected: list[list[int]]
) -> dict[str, float]:
    ours = Ours(mix)
    matched, decided, decisions = [], [], 0
    for _ in range(MATCH_ROUNDS):
        rate, found = ours.match(events)
        if found[: len(expected)] != expected:
            sys.exit("ours found other campaigns than plain loops do")
        matched.append(rate)
    for _ in range(DECIDE_ROUNDS):
        rate, decisions = ours.decide(events)
        decided.append(rate)
    return {
        "matched": round(statistics.median(matched)),
        "decided": round(statistics.median(decided)),
        "decisions_an_event": round(decisions / len(events), 1),
    }


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
        "ours_decided": {},
        "decisions_an_event": {},
        "peers": {name: {} for name in [*PEERS, "json-rules-engine"]},
    }
    for size in args.sizes:
        mix, events = mix_of.campaigns(size), mix_of.events(EVENTS)
        expected = [mix_of.hits(mix, event) for event in events[:1_000]]
        measured = measure_ours(mix, events, expected)
        result["ours"][str(size)] = measured["matched"]
        result["ours_decided"][str(size)] = measured["decided"]
        result["decisions_an_event"][str(size)] = measured["decisions_an_event"]
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
    told = [("ours", result["ours"]), *result["peers"].items()]
    told += [(name.replace("_", " "), result[name]) for name in ("ours_decided", "decisions_an_event")]
    for name, row in told:
        print(f"  {name:<18}" + "".join(f"{row[str(size)]!s:>14}" for size in args.sizes))


if __name__ == "__main__":
    main()
