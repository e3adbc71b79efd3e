"""How many recorded sightings a second does `aislecue simulate` decide, in what memory, and how long does one explanation take?"""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.peers import ROOT, machine
from campaigns.document import campaign_from_document
from campaigns.explain import Here, explain
from campaigns.hearing import GatewayHearing
from campaigns.pipeline import Pipeline
from campaigns.shopper import Shopper
from campaigns.simulate import Spending
from campaigns.snapshot import Snapshot
from campaigns.state import ShopperState
from campaigns.stays import Sights
from protocol.document import Document
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, format_instant, parse_instant
from protocol.plan import StorePlan, read_plan
from protocol.sighting import NEAR, RANGED, Sighting

UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
STORES, ZONES = 5, 10
VISIT_SIGHTINGS = 50
EXPLANATIONS = 200
OPENING = parse_instant("2026-11-02T08:00:00Z")
OPEN_S = 12 * 3600
ZONE_CHANGE = 0.02
"""A shopper in a shop stays most of a minute where they are."""


def plan_text(store: int) -> str:
    zones = "\n".join(f"  - {{id: z{k}, name: Z{k}, polygon: [[0,0],[8,0],[8,6]]}}" for k in range(ZONES))
    beacons = "\n".join(
        f"  - {{id: B-{k}, zone: z{k}, uuid: {UUID}, major: {store}, minor: {k}}}" for k in range(ZONES)
    )
    head = f"store: {{id: s{store}, name: S, timezone: Europe/Rome, locale: en, floor: {{width_m: 40, depth_m: 25}}}}"
    return f"version: 1\n{head}\nzones:\n{zones}\nbeacons:\n{beacons}\n"


def campaign(k: int, r: random.Random) -> dict[str, Any]:
    on = r.choice(["enter", "enter", "dwell", "dwell", "dwell", "exit", "arrive", "leave"])
    trigger: dict[str, Any] = {"on": on}
    if on in ("enter", "dwell", "exit"):
        trigger["zone"] = f"z{r.randrange(ZONES)}"
    if on == "dwell":
        trigger |= {"after_s": r.choice([20, 60, 90]), "within": r.choice(["near", "far"])}
    audience = {"all": [{"field": "tier", "op": "in", "value": ["gold"]}, {"visits": {"at_least": 1}}]}
    return {
        "version": 1,
        "id": f"c{k}",
        "name": f"C{k}",
        "status": "live",
        "stores": [f"s{k % STORES}"],
        "trigger": trigger,
        "audience": audience if k % 2 else {"field": "tags", "op": "contains", "value": "a"},
        "limits": {"per_shopper": {"max": 2, "within_days": 30}},
        "priority": r.randrange(100),
        "holdout_pct": 10,
        "message": {"en": {"title": "Hello {name|friend}", "body": "Something that helps"}},
    }


def write_inputs(folder: Path, sightings: int, campaigns: int) -> None:
    r = random.Random(5)
    for store in range(STORES):
        (folder / f"plan-{store}.yaml").write_text(plan_text(store))
    (folder / "campaigns").mkdir()
    for k in range(campaigns):
        (folder / "campaigns" / f"{k}.json").write_text(json.dumps(campaign(k, r)))
    shoppers = sightings // VISIT_SIGHTINGS
    consent = {"proximity": True, "push": True, "personalisation": True}
    with (folder / "shoppers.jsonl").open("w") as out:
        for k in range(shoppers):
            row = {
                "id": f"p{k}",
                "tier": r.choice(["gold", "none"]),
                "tags": ["a"] if k % 3 else [],
                "consent": consent,
            }
            out.write(json.dumps(row) + "\n")
    rows = []
    for who in range(shoppers):
        second, zone, store = r.randrange(OPEN_S), r.randrange(ZONES), who % STORES
        for k in range(VISIT_SIGHTINGS):
            second += 1 if r.random() < 0.9 else r.randint(2, 9)
            if r.random() < ZONE_CHANGE:
                zone = r.randrange(ZONES)
            rows.append((second, who, k, store, zone, r.choice(("near", "near", "far", "immediate"))))
    rows.sort()
    with (folder / "sightings.jsonl").open("w") as out:
        for second, who, k, store, zone, band in rows:
            out.write(
                f'{{"id":"{who}-{k}","at":"{format_instant(OPENING + second * SECOND)}","shopper":"p{who}","uuid":"{UUID}",'
                f'"major":{store},"minor":{zone},"proximity":"{band}","rssi":-60,"kind":"ranged"}}\n'
            )


def measure_simulate(sightings: int, campaigns: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_inputs(folder, sightings, campaigns)
        plans = [str(folder / f"plan-{store}.yaml") for store in range(STORES)]
        command = [sys.executable, "-m", "aislecue.cli", "simulate", "--json", "--plan", *plans]
        command += ["--campaigns", str(folder / "campaigns"), "--out", str(folder / "out.jsonl")]
        command += [
            "--shoppers",
            str(folder / "shoppers.jsonl"),
            "--sightings",
            str(folder / "sightings.jsonl"),
        ]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.perf_counter()
        report = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
        wall_s = time.perf_counter() - begun
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "sightings_s": round(sightings / cpu_s),
        "sightings_s_wall": round(sightings / wall_s),
        "rss_mb": round(after.ru_maxrss / 1024),
        "decisions": sum(report["decisions"].values()),
    }


def measure_explain(campaigns: int) -> float:
    """Return milliseconds of one explanation: a shopper standing in a store of `campaigns` campaigns."""
    r = random.Random(5)
    documents = [campaign(k, r) | {"stores": ["s0"]} for k in range(campaigns)]
    plan: StorePlan = read_plan(plan_text(0), "plan")
    snapshot = Snapshot.build(
        [plan], [campaign_from_document(Document(value, "mix", {})) for value in documents]
    )
    hearing = GatewayHearing([plan])
    sights, state = Sights(snapshot, hearing), ShopperState()
    shopper = Shopper(
        "p", tier="gold", tags=("a",), consent={"proximity": True, "push": True, "personalisation": True}
    )
    for zone in range(2):
        identity = BeaconIdentity(UUID, 0, zone)
        place = snapshot.zone_of(identity)
        if place is None:
            raise AssertionError("the plan has this beacon")
        sights.sight(state.presence, place, Sighting("a", OPENING, "p", identity, NEAR, RANGED), OPENING)
    pipeline = Pipeline(snapshot, Spending({}), sights, explains=True)
    here = Here(shopper, state, "s0", OPENING + 30 * SECOND)
    spans = []
    for _ in range(EXPLANATIONS):
        begun = time.process_time()
        lines = explain(snapshot, pipeline, here)
        spans.append(time.process_time() - begun)
        if len(lines) != campaigns:
            sys.exit("an explanation has a line for each campaign")
    return statistics.median(spans) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sightings", type=int, default=1_000_000)
    parser.add_argument("--campaigns", type=int, default=200)
    args = parser.parse_args()
    result = {"machine": machine(), **measure_simulate(args.sightings, args.campaigns)}
    result["explain_ms"] = round(measure_explain(1_000), 3)
    if args.json:
        print(json.dumps(result))
        return
    print(f"{args.sightings} sightings, {args.campaigns} campaigns ({result['machine']})")
    print(
        f"  {result['sightings_s']} sightings a second of CPU, {result['rss_mb']} MB, {result['decisions']} decisions"
    )
    print(f"  one explanation over 1,000 campaigns: {result['explain_ms']} ms")


if __name__ == "__main__":
    main()
