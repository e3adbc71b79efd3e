"""How long does each page of the console take, and what does it weigh, for a chain of hundreds of stores?

A page's requests are itself and the files it names; its weight is all of them as a browser is sent them, gzip where the
server compresses. Server time is that of the page alone, through the whole application, without a network, for somebody
signed in. The fleet has been judged once, as the scheduler does every ten seconds; that time is shown too.
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
from urllib.parse import urljoin

import httpx
from sqlalchemy import Engine, insert

from benchmarks.peers import machine
from protocol.instants import DAY, SECOND, Instant, parse_instant
from store_server.app import create_app
from store_server.db.migrate import upgrade
from store_server.db.session import open_database, writing
from store_server.db.tables import (
    Alert,
    CampaignRevision,
    DecisionRow,
    Gateway,
    NearMiss,
    Outbox,
    PlanRevision,
    Presence,
)
from store_server.fleet.alerts import Alerts
from store_server.settings import Settings
from store_server.web.console.accounts.accounts import add_account

NOW = parse_instant("2026-11-21T14:32:20Z")
UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
ZONES, GATEWAYS, BEACONS = 10, 10, 100
"""Of each store: 200 stores have 2,000 gateways and 20,000 beacons."""
SILENT_IN = 47
FADED_IN = 101
"""Every so many gateways and beacons one is silent: a fleet is never whole."""
ALERTS = 400
"""Of which every fourth is still open."""
NAME, PASSWORD = "bench", "four words of mine"
OUTCOMES = (("send", None), ("suppressed", "audience"), ("suppressed", "left"), ("inbox", "policy_cap"))
PAGES = {
    "stores": "/console/stores",
    "live": "/console/stores/s000",
    "campaigns": "/console/campaigns",
    "campaigns, last leaf": "/console/campaigns?page=10",
    "campaign": "/console/campaigns/c000",
    "fleet": "/console/fleet",
    "fleet, by state": "/console/fleet?state=silent",
    "beacons": "/console/fleet?show=beacons",
    "beacons, last leaf": "/console/fleet?show=beacons&page=200",
    "beacons, by name": "/console/fleet?show=beacons&text=B-42",
    "one store's fleet": "/console/fleet?store=s000",
    "gateway": "/console/fleet/s000/gw-0",
    "alerts": "/console/alerts",
    "why": "/console/why",
    "why, by shopper": "/console/why?shopper=p00042",
    "why, what never was": "/console/why?reason=holdout",
    "why, by store and reason": "/console/why?store=s007&reason=audience",
    "decision": "/console/decisions/1",
    "moments": "/console/campaigns/new",
    "new campaign": "/console/campaigns/new?moment=hesitate",
    "editor": "/console/campaigns/c000/edit",
    "import": "/console/campaigns/import?campaign=c000",
    "revisions": "/console/campaigns/c000/revisions",
    "codes": "/console/campaigns/c000/codes",
    "last week": "/console/campaigns/c000/last-week",
    "check-in codes": "/console/stores/s000/check-in-codes",
    "plan": "/console/stores/s000/plan",
    "enrol": "/console/enrol?store=s000",
    "enrol a gateway": "/console/enrol/s000/gw-0",
    "accounts": "/console/accounts",
    "account": "/console/account",
    "own phone": "/console/account/phone",
    "phone": "/console/phone/",
    "design": "/console/design",
    "shopper": "/shop/",
    "api docs": "/docs",
}


class StillClock:
    def now(self) -> Instant:
        return NOW

    async def sleep_until(self, at: Instant) -> None:
        await asyncio.Event().wait()  # nothing ever falls due


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
    plans = [{"store": f"s{k:03d}", "text": plan_text(k), **kept} for k in range(stores)]
    documents = [{"campaign": f"c{k:03d}", "text": campaign_text(k), **kept} for k in range(campaigns)]
    with writing(database) as session:
        add_account(session, NAME, PASSWORD, "owner", NOW - DAY)
        connection = session.connection()
        connection.execute(insert(PlanRevision), plans)
        connection.execute(insert(CampaignRevision), documents)
        connection.execute(insert(Gateway), [gateway(s, k) for s in range(stores) for k in range(GATEWAYS)])
        connection.execute(insert(Presence), [presence(s, k) for s in range(stores) for k in range(BEACONS)])
        connection.execute(insert(Alert), [alert(k, stores) for k in range(ALERTS)])
        connection.execute(insert(NearMiss), [near_miss(c, d) for c in range(campaigns) for d in range(30)])
        r = random.Random(5)
        for begin in range(0, decisions, 10_000):
            some = range(begin, min(begin + 10_000, decisions))
            rows = [decision(k, decisions, stores, campaigns, r) for k in some]
            connection.execute(insert(DecisionRow), rows)
            sent = [message(row) for row in rows if row["outcome"] in ("send", "inbox")]
            connection.execute(insert(Outbox), sent)
    asyncio.run(Alerts(database, None).look(NOW))
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
    if (store * BEACONS + number) % FADED_IN == 0:
        at -= 4_000 * SECOND
    key = {"store": f"s{store:03d}", "gateway": f"gw-{number % GATEWAYS}", "uuid": UUID}
    signal = {"rssi_dbm": -68, "measured_power_dbm": -59, "frames": 900, "state": "present"}
    times = {"changed_at": NOW - DAY, "first_at": NOW - DAY, "last_at": at, "learned_at": at}
    return {**key, "major": store, "minor": number, **signal, **times}


def alert(number: int, stores: int) -> dict[str, Any]:
    over = number % 4 > 0
    began = NOW - (number + 1) * 600 * SECOND
    return {
        "rule": "gateway",
        "store": f"s{number % stores:03d}",
        "name": f"gw-{number % GATEWAYS}",
        "state": "silent",
        "detail": [[f"c{k:03d}", f"Campaign {k}"] for k in range(number % 5)],
        "since_at": began,
        "broken_at": began,
        "well_since": began + 300 * SECOND if over else None,
        "back_at": began + 300 * SECOND if over else None,
    }


def near_miss(campaign: int, day: int) -> dict[str, Any]:
    day_at = NOW - NOW % DAY - day * DAY
    return {
        "campaign": f"c{campaign:03d}",
        "step": "quiet_hours",
        "day_at": day_at,
        "count": 1 + campaign % 40,
    }


def message(row: dict[str, Any]) -> dict[str, Any]:
    at, number = row["at"], row["seq"]
    return {
        "id": f"m-{number}",
        "decision": number,
        "decision_at": at,
        "body": "Ask Anna at the desk.",
        "deadline_at": at + 120 * SECOND,
        "state": "cancelled" if number % 9 == 0 else "displayed",
        "cancel_on_exit": True,
        "attempts": 1,
        "lease_until": 0,
        "created_at": at,
        "changed_at": at,
        **{name: row[name] for name in ("shopper", "campaign", "store", "visit_no", "zone")},
        "channel": row["channel"] or "inbox",
    }


def decision(number: int, of: int, stores: int, campaigns: int, r: random.Random) -> dict[str, Any]:
    at = NOW - 30 * DAY + 30 * DAY * number // of
    outcome, reason = r.choices(OUTCOMES, (1, 6, 2, 1))[0]
    return {
        "seq": number + 1,
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
    files = named_files(page.text, path)
    weight = await sent_bytes(client, path)
    for file in files:
        weight += await sent_bytes(client, file)
    return {
        "p50_ms": round(statistics.median(spans), 1),
        "p95_ms": round(statistics.quantiles(spans, n=20)[-1], 1),
        "kb": round(weight / 1000, 1),
        "requests": 1 + len(files),
    }


def named_files(html: str, path: str) -> set[str]:
    """Return what a browser fetches besides the page: stylesheets, scripts, pictures, icons, the manifest."""
    # An apple-touch-icon is fetched when somebody puts the page on a home screen, never with the page.
    at_once = re.sub(r'<link rel="apple-touch-icon"[^>]*>', "", html)
    found = re.findall(r'<(?:link|script|img|use)\b[^>]*?(?:href|src)="([^"#]+)', at_once)
    return {urljoin(path, name) for name in found}


async def sent_bytes(client: httpx.AsyncClient, path: str) -> int:
    async with client.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
        return sum([len(chunk) async for chunk in answer.aiter_raw()])


async def measure_all(settings: Settings, rounds: int) -> dict[str, Any]:
    app = create_app(settings, StillClock())
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        measured = {"sign-in": await measure(client, "/console/sign-in", rounds)}
        signed_in = await client.post("/console/sign-in", data={"name": NAME, "password": PASSWORD})
        if signed_in.status_code != 303:
            raise AssertionError(f"sign-in: {signed_in.status_code}")
        return measured | {name: await measure(client, path, rounds) for name, path in PAGES.items()}


def measure_look(database: Engine) -> float:
    """Return how many ms one look of the scheduler at the whole fleet takes, once plans are read."""
    alerts = Alerts(database, None)
    asyncio.run(alerts.look(NOW))
    begun = time.perf_counter()
    asyncio.run(alerts.look(NOW))
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--stores", type=int, default=200)
    parser.add_argument("--campaigns", type=int, default=500)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--data", type=Path, help="a folder to fill once and measure again")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=args.data or Path(folder), roles=frozenset({"api"}))
        new = not settings.database.exists()
        database = open_database(settings.database)
        if new:
            fill(database, args.stores, args.campaigns, args.decisions)
        look_ms = measure_look(database)
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
        print(f"  {name:<26}" + "".join(f"{row[key]:>10} {key}" for key in row))
    print(f"  the scheduler's look at the whole fleet: {look_ms:.0f} ms")


if __name__ == "__main__":
    main()
