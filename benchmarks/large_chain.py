"""A database as a chain of hundreds of stores has it: plans, campaigns, a fleet with faults, a month of decisions."""

import asyncio
import random
from typing import Any

from sqlalchemy import Engine, insert

from protocol.instants import DAY, SECOND, Instant, parse_instant
from store_server.db.migrate import upgrade
from store_server.db.session import writing
from store_server.db.tables import (
    Alert,
    CampaignRevision,
    DecisionRow,
    Gateway,
    NearMiss,
    Outbox,
    PlanRevision,
    Presence,
    StorePlace,
)
from store_server.fleet.alerts import Alerts
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
        connection.execute(insert(StorePlace), [place(s) for s in range(stores)])
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


def place(store: int) -> dict[str, Any]:
    """Return where a store lies: in Italy, twenty by twenty."""
    north, east = divmod(store, 20)
    kept = {"changed_at": NOW - DAY, "changed_by": NAME}
    return {"store": f"s{store:03d}", "latitude": 37.5 + north * 0.45, "longitude": 7.5 + east * 0.5, **kept}


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
