"""How long does each page of the console take, and what does it weigh, for a chain of hundreds of stores?

A page's requests are itself and the assets it names; its weight is all of them as a browser is sent them, gzip where the
server compresses. Server time is that of the page alone, through the whole application, without a network.
"""

import argparse
import asyncio
import json
import random
import re
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, insert

from benchmarks.peers import machine
from protocol.instants import DAY, SECOND, Instant, parse_instant
from store_server.app import create_app
from store_server.db.migrate import upgrade
from store_server.db.session import open_database, writing
from store_server.db.tables import CampaignRevision, DecisionRow, Gateway, PlanRevision, Presence
from store_server.settings import Settings

NOW = parse_instant("2026-11-21T14:32:20Z")
UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
ZONES, GATEWAYS, BEACONS = 10, 10, 100
"""Of each store: 200 stores have 2,000 gateways and 20,000 beacons."""
SILENT_IN = 50
"""Every so many gateways one is silent: a fleet is never whole."""
OUTCOMES = (("send", None), ("suppressed", "audience"), ("suppressed", "left"), ("inbox", "policy_cap"))
PAGES = {
    "live": "/console/stores/s000",
    "campaigns": "/console/campaigns",
    "campaign": "/console/campaigns/c000",
    "fleet": "/console/fleet",
    "beacons": "/console/fleet?show=beacons",
    "one store's fleet": "/console/fleet?store=s000",
    "gateway": "/console/fleet/s000/gw-0",
    "alerts": "/console/alerts",
    "why": "/console/why",
    "why, by shopper": "/console/why?shopper=p00042",
    "decision": "/console/decisions/1",
    "import": "/console/campaigns/import?campaign=c000",
    "accounts": "/console/accounts",
}


class StillClock:
    def now(self) -> Instant:
        return NOW

    async def sleep_until(self, at: Instant) -> None:
        raise AssertionError("no page waits")


def plan_text(store: int) -> str:
    head = f"store: {{id: s{store:03d}, name: Store {store}, timezone: Europe/Rome, locale: en, floor: {{width_m: 40, depth_m: 25}}}}"
    zones = [f"  - {{id: z{k}, name: Zone {k}, polygon: [[0,0],[8,0],[8,6]]}}" for k in range(ZONES)]
    beacons = [
        f"  - {{id: B-{k}, zone: z{k % ZONES}, uuid: {UUID}, major: {store}, minor: {k}, position: [4, 3, 2.5]}}"
        for k in range(BEACONS)
    ]
    gateways = [f"  - {{id: gw-{k}, zone: z{k % ZONES}, position: [4, 5, 3]}}" for k in range(GATEWAYS)]
    return "\n".join(("version: 1", head, "zones:", *zones, "beacons:", *beacons, "gateways:", *gateways, ""))


def campaign_text(number: int) -> str:
    return f"""version: 1
id: c{number:03d}
name: Campaign {number}
status: live
stores: "*"
trigger: {{on: dwell, zone: z{number % ZONES}, after_s: 90, within: near}}
trust: {"corroborated" if number % 2 else "app"}
message: {{en: {{title: Need a hand?, body: "Ask Anna at the desk."}}}}
"""


def fill(database: Engine, stores: int, campaigns: int, decisions: int) -> None:
    upgrade(database)
    kept = {"revision": 1, "applied_at": NOW - DAY, "applied_by": "bench"}
    with writing(database) as session:
        connection = session.connection()
        plans = [{"store": f"s{k:03d}", "text": plan_text(k), **kept} for k in range(stores)]
        connection.execute(insert(PlanRevision), plans)
        connection.execute(
            insert(CampaignRevision),
            [{"campaign": f"c{k:03d}", "text": campaign_text(k), **kept} for k in range(campaigns)],
        )
        connection.execute(insert(Gateway), [gateway(s, k) for s in range(stores) for k in range(GATEWAYS)])
        connection.execute(insert(Presence), [presence(s, k) for s in range(stores) for k in range(BEACONS)])
        r = random.Random(5)
        for begin in range(0, decisions, 10_000):
            some = range(begin, min(begin + 10_000, decisions))
            connection.execute(
                insert(DecisionRow), [decision(k, decisions, stores, campaigns, r) for k in some]
            )
    with database.connect() as connection:
        connection.exec_driver_sql("ANALYZE")


def heard_at(store: int, gateway: int) -> Instant:
    return NOW - (5_000 if (store * GATEWAYS + gateway) % SILENT_IN == 0 else 4) * SECOND


def gateway(store: int, number: int) -> dict[str, Any]:
    health = {"heard_per_min": 1_500, "clock_synced": True, "spool": {"depth": 0, "age_s": 0.0}}
    at = heard_at(store, number)
    name = {"store": f"s{store:03d}", "id": f"gw-{number}", "status": "online"}
    return {**name, "status_at": NOW - DAY, "presence_at": at, "health": health, "health_at": at}


def presence(store: int, number: int) -> dict[str, Any]:
    at = heard_at(store, number % GATEWAYS)
    key = {"store": f"s{store:03d}", "gateway": f"gw-{number % GATEWAYS}", "uuid": UUID}
    signal = {"rssi_dbm": -68, "measured_power_dbm": -59, "frames": 900, "state": "present"}
    times = {"changed_at": NOW - DAY, "first_at": NOW - DAY, "last_at": at, "learned_at": at}
    return {**key, "major": store, "minor": number, **signal, **times}


def decision(number: int, of: int, stores: int, campaigns: int, r: random.Random) -> dict[str, Any]:
    at = NOW - 30 * DAY + 30 * DAY * number // of
    outcome, reason = r.choices(OUTCOMES, (1, 6, 2, 1))[0]
    return {
        "at": at,
        "shopper": f"p{r.randrange(100_000):05d}",
        "campaign": f"c{r.randrange(campaigns):03d}",
        "revision": 1,
        "trigger": "dwell",
        "trigger_at": at,
        "store": f"s{r.randrange(stores):03d}",
        "zone": "z0",
        "visit_no": 1,
        "visit_at": at,
        "outcome": outcome,
        "reason": reason,
        "channel": "push" if outcome == "send" else None,
        "facts": {"tier": "gold", "interruptions_24h": 1},
        "near_miss": False,
        "recorded_at": at,
    }


async def measure(client: httpx.AsyncClient, path: str, rounds: int) -> dict[str, float]:
    spans = []
    page = await client.get(path)  # the first reads plans and campaigns, as a server does once
    if page.status_code != 200:
        raise AssertionError(f"{path}: {page.status_code}")
    for _ in range(rounds):
        begun = time.perf_counter()
        await client.get(path)
        spans.append((time.perf_counter() - begun) * 1000)
    assets = set(re.findall(r'(?:href|src)="(/console/assets/[^"]+)"', page.text))
    weight = await sent_bytes(client, path)
    for asset in assets:
        weight += await sent_bytes(client, asset)
    return {
        "p50_ms": round(statistics.median(spans), 1),
        "p95_ms": round(statistics.quantiles(spans, n=20)[-1], 1),
        "kb": round(weight / 1000, 1),
        "requests": 1 + len(assets),
    }


async def sent_bytes(client: httpx.AsyncClient, path: str) -> int:
    async with client.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
        return sum([len(chunk) async for chunk in answer.aiter_raw()])


async def measure_all(settings: Settings, rounds: int) -> dict[str, Any]:
    transport = httpx.ASGITransport(app=create_app(settings, StillClock()))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return {name: await measure(client, path, rounds) for name, path in PAGES.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--stores", type=int, default=200)
    parser.add_argument("--campaigns", type=int, default=500)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        database = open_database(settings.database)
        fill(database, args.stores, args.campaigns, args.decisions)
        database.dispose()
        result = asyncio.run(measure_all(settings, args.rounds))
    if args.json:
        print(json.dumps(result))
        return
    print(
        f"{args.stores} stores, {args.stores * GATEWAYS} gateways, {args.stores * BEACONS} beacons, "
        f"{args.campaigns} campaigns, {args.decisions} decisions ({machine()})"
    )
    for name, row in result.items():
        print(f"  {name:<18}" + "".join(f"{row[key]:>10} {key}" for key in row))


if __name__ == "__main__":
    main()
