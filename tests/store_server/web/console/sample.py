"""A store on an ordinary afternoon, as rows of a real SQLite: what every console test and screenshot shows."""

from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import SQLModel

from campaigns.state import Presence as Whereabouts
from campaigns.state import ShopperState, Stay, Visit, encode_state
from protocol.instants import DAY, MINUTE, SECOND, Instant, parse_instant
from store_server.db import tables
from store_server.db.migrate import upgrade
from store_server.db.session import open_database, writing

NOW = parse_instant("2026-11-21T14:32:20Z")
"""Saturday, 15:32:20 in Milan."""

STORE = "milan-duomo"
UUID = "8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"
CART_UUID = "3f0e6c1e-6a55-4a0e-8f0e-2b6f6f7d9a01"

PLAN = f"""\
version: 1
store: {{id: milan-duomo, name: Milano Duomo, timezone: Europe/Rome, locale: it, floor: {{width_m: 40, depth_m: 25}}}}
policy: {{quiet_hours: "21:00-08:00"}}
zones:
  - {{id: entrance, name: Entrance, polygon: [[15, 0], [25, 0], [25, 6], [15, 6]]}}
  - {{id: till, name: Till, polygon: [[29, 0], [40, 0], [40, 7], [29, 7]], interrupt: never}}
  - {{id: fitting, name: Fitting rooms, polygon: [[0, 0], [11, 0], [11, 7], [0, 7]], interrupt: never}}
  - {{id: shoes, name: Shoes, polygon: [[27, 10], [40, 10], [40, 25], [27, 25]]}}
  - {{id: running, name: Running, polygon: [[14, 12], [24, 12], [24, 25], [14, 25]]}}
  - {{id: jackets, name: Jackets, polygon: [[0, 10], [11, 10], [11, 25], [0, 25]]}}
beacons:
  - {{id: ENT-1, zone: entrance, uuid: {UUID}, major: 1, minor: 11, position: [17, 3, 2.5]}}
  - {{id: ENT-2, zone: entrance, uuid: {UUID}, major: 1, minor: 12, position: [23, 3, 2.5]}}
  - {{id: TILL-1, zone: till, uuid: {UUID}, major: 2, minor: 21, position: [32, 4, 2.5]}}
  - {{id: FIT-1, zone: fitting, uuid: {UUID}, major: 3, minor: 31, position: [5, 4, 2.5]}}
  - {{id: SHOES-1, zone: shoes, uuid: {UUID}, major: 4, minor: 41, position: [30, 14, 2.5]}}
  - {{id: SHOES-2, zone: shoes, uuid: {UUID}, major: 4, minor: 42, position: [36, 20, 2.5]}}
  - {{id: RUN-1, zone: running, uuid: {UUID}, major: 5, minor: 51, position: [17, 18, 2.5]}}
  - {{id: RUN-2, zone: running, uuid: {UUID}, major: 5, minor: 52, position: [22, 22, 2.5]}}
  - {{id: JACK-1, zone: jackets, uuid: {UUID}, major: 6, minor: 61, position: [3, 14, 2.5]}}
  - {{id: JACK-2, zone: jackets, uuid: {UUID}, major: 6, minor: 62, position: [8, 20, 2.5]}}
tags: [{{uuid: {CART_UUID}, kind: cart}}]
gateways:
  - {{id: gw-entrance, zone: entrance, position: [20, 5, 3]}}
  - {{id: gw-shoes, zone: shoes, position: [33, 17, 3]}}
  - {{id: gw-running, zone: running, position: [19, 20, 3]}}
  - {{id: gw-jackets, zone: jackets, position: [6, 17, 3]}}
"""

CAMPAIGNS = {
    "shoes-help": """\
version: 1
id: shoes-help
name: "Shoes: help choosing"
status: live
stores: [milan-duomo]
trigger: {on: dwell, zone: shoes, after_s: 90, within: near}
trust: corroborated
schedule: {days: [mon, tue, wed, thu, fri, sat], hours: ["10:00-13:00", "15:00-19:30"]}
audience: {all: [{field: tier, op: in, value: [gold, platinum]}, {visits: {at_least: 2, within_days: 30}}]}
limits: {per_shopper: {max: 2, within_days: 30}, cooldown_s: 604800, total: 5000}
priority: 80
holdout_pct: 10
message:
  en: {title: "Need a hand choosing?", body: "Anna at the shoe desk is free for you now.", link: "https://example.com/shoes"}
  it: {title: "Serve una mano?", body: "Anna al banco scarpe è libera per te.", link: "https://example.com/it/scarpe"}
""",
    "welcome-back": """\
version: 1
id: welcome-back
name: Welcome back
status: live
stores: "*"
trigger: {on: arrive}
audience: {visits: {at_least: 2, within_days: 60}}
channels: [push, inbox]
message:
  en: {title: "Good to see you again", body: "Your order is ready at the till whenever you are."}
  it: {title: "Bentornato", body: "Il tuo ordine è pronto in cassa."}
""",
    "running-fit": """\
version: 1
id: running-fit
name: "Running: free gait check"
status: live
stores: [milan-duomo]
trigger: {on: enter, zone: running, within: near}
schedule: {days: [sat, sun]}
message:
  en: {title: "Free gait check today", body: "Two minutes on the treadmill, by the window."}
  it: {title: "Analisi del passo gratuita", body: "Due minuti sul tapis roulant, alla finestra."}
""",
    "jackets-rain": """\
version: 1
id: jackets-rain
name: "Jackets: rain this week"
status: paused
stores: [milan-duomo]
trigger: {on: enter, zone: jackets}
message:
  en: {title: "Rain from tomorrow", body: "Shells are at the back wall."}
""",
    "goodbye": """\
version: 1
id: goodbye
name: How was it?
status: draft
stores: "*"
trigger: {on: leave}
channels: [inbox]
message:
  en: {title: "How was it?", body: "Two taps tell us."}
""",
}


def fill_database(path: Path, now: Instant = NOW) -> Engine:
    """Make a database of the newest migration and put the afternoon in."""
    engine = open_database(path)
    upgrade(engine)
    with writing(engine) as session:
        session.add_all(_documents(now))
        session.add_all(_infrastructure(now))
        session.add_all(_people(now))
        session.add_all(decisions(now))
        session.flush()
        session.add_all(_messages(now))
    return engine


def _documents(now: Instant) -> list[SQLModel]:
    at = now - 3 * DAY
    found: list[SQLModel] = [
        tables.PlanRevision(store=STORE, revision=2, text=PLAN, applied_at=at, applied_by="anna"),
        tables.PlanRevision(
            store=STORE, revision=1, text="not read any more", applied_at=at, applied_by="anna"
        ),
    ]
    return found + [
        tables.CampaignRevision(campaign=name, revision=3, text=text, applied_at=at, applied_by="anna")
        for name, text in CAMPAIGNS.items()
    ]


def health(now: Instant, heard: int, spool: int = 0, *, synced: bool = True) -> dict[str, object]:
    """Return a heartbeat as protocol.messages.Health has it."""
    return {
        "v": 1,
        "boot": "b1",
        "sent_at": now,
        "clock_synced": synced,
        "status": "online",
        "adapters": [{"name": "hci0", "state": "up", "scan_path": "both", "heard_per_min": heard}],
        "spool": {"depth": spool, "age_s": spool * 2.0, "bytes": spool * 200, "dropped": 0},
        "heard_per_min": heard,
        "clock_skew_ms": 40,
        "versions": {"aislecue": "0.1.0"},
    }


def _infrastructure(now: Instant) -> list[SQLModel]:
    silent_at = now - 90 * MINUTE
    found: list[SQLModel] = [
        tables.Gateway(
            store=STORE,
            id=name,
            status="online",
            status_at=now - DAY,
            presence_at=now - 4 * SECOND,
            health=health(now, heard, synced=name != "gw-jackets"),
            health_at=now - 12 * SECOND,
        )
        for name, heard in (("gw-entrance", 2410), ("gw-running", 1875), ("gw-jackets", 1630))
    ]
    found.append(
        tables.Gateway(
            store=STORE,
            id="gw-shoes",
            status="online",
            status_at=now - DAY,
            presence_at=silent_at,
            silent_since=silent_at,
            health=health(silent_at, 1204, spool=3),
            health_at=silent_at,
        )
    )
    heard_by = {1: "gw-entrance", 2: "gw-entrance", 4: "gw-shoes", 5: "gw-running", 6: "gw-jackets"}
    for major, minors in ((1, (11, 12)), (2, (21,)), (4, (41, 42)), (5, (51, 52)), (6, (61, 62))):
        for minor in minors:
            lost = minor == 62
            last_at = silent_at if major == 4 else now - 50 * MINUTE if lost else now - 3 * SECOND
            found.append(
                tables.Presence(
                    store=STORE,
                    gateway=heard_by[major],
                    uuid=UUID,
                    major=major,
                    minor=minor,
                    state="lost" if lost else "present",
                    changed_at=now - DAY,
                    first_at=now - DAY,
                    last_at=last_at,
                    rssi_dbm=-68,
                    measured_power_dbm=-59,
                    frames=900,
                    learned_at=last_at,
                )
            )
    return found


def _people(now: Instant) -> list[SQLModel]:
    found: list[SQLModel] = []
    for zone, here in (("entrance", 3), ("shoes", 5), ("running", 4), ("jackets", 2), ("till", 2)):
        for number in range(here):
            name = f"s-{zone}-{number:02d}-5b1f9c"
            seen_at = now - (number * 4 + 1) * SECOND
            held = zone == "running" and number > 1
            stay = Stay(zone, 1, seen_at - 60 * SECOND, [None, None, seen_at], seen_at, held)
            visit = Visit(STORE, 1, seen_at - 10 * MINUTE, seen_at, stays={zone: stay})
            state = ShopperState(presence=Whereabouts(visits={STORE: visit}))
            found.append(
                tables.ShopperStateRow(
                    shopper=name, state=encode_state(state), store=STORE, zone=zone, seen_at=seen_at
                )
            )
    for minor, zone, frozen in ((1, "jackets", False), (2, "shoes", True)):
        found.append(
            tables.TagZone(
                uuid=CART_UUID,
                major=7,
                minor=minor,
                kind="cart",
                store=STORE,
                zone=zone,
                since_at=now,
                frozen=frozen,
            )
        )
    return found


_SCRIPT = (
    ("running-fit", "enter", "running", "send", None, "push"),
    ("shoes-help", "dwell", "shoes", "suppressed", "not_corroborated", None),
    ("welcome-back", "arrive", None, "send", None, "push"),
    ("welcome-back", "arrive", None, "suppressed", "audience", None),
    ("running-fit", "enter", "running", "inbox", "policy_cap", "inbox"),
    ("jackets-rain", "enter", "jackets", "suppressed", "not_live", None),
    ("running-fit", "enter", "running", "ghost", "holdout", "push"),
    ("welcome-back", "arrive", None, "inbox", "outranked", "inbox"),
    ("running-fit", "enter", "running", "suppressed", "left", None),
    ("running-fit", "enter", "running", "send", None, "push"),
)


def decisions(now: Instant) -> list[tables.DecisionRow]:
    """Return the afternoon's decisions, oldest first, numbered from 1."""
    texts = {
        "running-fit": ("Free gait check today", "Two minutes on the treadmill, by the window."),
        "welcome-back": ("Good to see you again", "Your order is ready at the till whenever you are."),
    }
    found = []
    for index in range(60):
        campaign, trigger, zone, outcome, reason, channel = _SCRIPT[(59 - index) % len(_SCRIPT)]
        at = now - (59 - index) * 47 * SECOND - 3 * SECOND
        title, body = texts.get(campaign, ("", "")) if channel else (None, None)
        found.append(
            tables.DecisionRow(
                seq=index + 1,
                at=at,
                shopper=f"s-{campaign}-{index:02d}-5b1f9c",
                campaign=campaign,
                revision=3,
                trigger=trigger,
                trigger_at=at - 2 * SECOND,
                store=STORE,
                zone=zone,
                visit_no=3,
                visit_at=at - 6 * MINUTE,
                stay_no=1 if zone else None,
                stay_at=at - 92 * SECOND if zone else None,
                outcome=outcome,
                reason=reason,
                channel=channel,
                title=title,
                body=body,
                facts={
                    "trigger_at": "2026-11-21T14:30:00Z",
                    "zone": zone,
                    "channel": channel,
                    "visit_no": 3,
                    "interruptions_24h": 1,
                    "interruptions_per_day": 2,
                    "quiet_hours": ["21:00-08:00"],
                    "tags": [],
                    "tier": "gold",
                    "personalisation": True,
                    "trust": "app",
                },
                near_miss=reason in ("policy_cap", "not_corroborated"),
                recorded_at=at,
            )
        )
    return found


def _messages(now: Instant) -> list[SQLModel]:
    found: list[SQLModel] = []
    for row in decisions(now):
        if row.outcome not in ("send", "inbox"):
            continue
        state = "cancelled" if row.seq == 60 - 19 else "displayed"
        found.append(
            tables.Outbox(
                id=f"m-{row.seq}",
                shopper=row.shopper,
                decision=row.seq or 0,
                decision_at=row.at,
                campaign=row.campaign,
                store=STORE,
                visit_no=row.visit_no,
                channel=row.channel or "push",
                title=row.title,
                body=row.body or "",
                deadline_at=row.at + 120 * SECOND,
                state=state,
                reason="left" if state == "cancelled" else None,
                created_at=row.at,
                changed_at=row.at,
            )
        )
    day_at = now - now % DAY
    for step, count in (("quiet_hours", 412), ("policy_cap", 96), ("not_corroborated", 31)):
        found.append(tables.NearMiss(campaign="shoes-help", step=step, day_at=day_at, count=count))
    return found
