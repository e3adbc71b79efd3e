"""How long does each page of the console take, and what does it weigh, for a chain of hundreds of stores?

A page's requests are itself and the files it names; its weight is all of them as a browser is sent them, gzip where the
server compresses. Server time is that of the page alone, through the whole application, without a network, for somebody
signed in. The fleet has been judged once, as the scheduler does every ten seconds; that time is shown too.
"""

import argparse
import asyncio
import json
import re
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
from sqlalchemy import Engine

from benchmarks.large_chain import BEACONS, GATEWAYS, NAME, NOW, PASSWORD, fill
from benchmarks.peers import machine
from protocol.instants import Instant
from store_server.app import create_app
from store_server.db.session import open_database
from store_server.fleet.alerts import Alerts
from store_server.settings import Settings

PAGES = {
    "stores": "/console/stores",
    "live": "/console/stores/s000",
    "live, who hears what": "/console/stores/s000?gateway=gw-0",
    "hours": "/console/stores/s000/hours",
    "places": "/console/places",
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
    "calendar": "/console/campaigns/c000/calendar",
    "codes": "/console/campaigns/c000/codes",
    "last week": "/console/campaigns/c000/last-week",
    "check-in codes": "/console/stores/s000/check-in-codes",
    "plan": "/console/stores/s000/plan",
    "plan's picture": "/console/stores/s000/plan/picture",
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
