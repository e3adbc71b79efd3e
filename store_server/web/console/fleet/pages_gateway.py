"""The route of one gateway: its vitals as its last heartbeat said them, what it did to heal itself, what it hears."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from protocol.instants import parse_instant
from protocol.plan import StorePlan
from protocol.topics import GatewayAddress
from store_server.db.session import reading
from store_server.db.tables import Gateway
from store_server.fleet.broker import unheard
from store_server.fleet.condition import BEACON_SILENT_AFTER_MS, Heard, gateway_condition
from store_server.fleet.health import presence_rows
from store_server.web.console.accounts.gate import person_of
from store_server.web.console.desk import Desk
from store_server.web.console.fleet.causes import zone_name
from store_server.web.console.fleet.equipment import GATEWAY_WORDS, LOST, SCAN_PATHS, Vitals, read_vitals
from store_server.web.console.fleet.listing import clock_words, spool_words
from store_server.web.console.fleet.pages_bundles import bundle_rows
from store_server.web.console.times import Moment, StoreTime
from store_server.web.console.words import named


@dataclass(frozen=True, slots=True)
class HeardRow:
    """One beacon that the gateway hears, or heard last."""

    id: str
    zone: str
    present: bool
    since: Moment
    last: Moment


@dataclass(frozen=True, slots=True)
class StepRow:
    """One rung of the ladder of healing."""

    at: Moment
    adapter: str
    step: str
    reason: str


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add a gateway's page."""

    @router.get("/fleet/{store}/{gateway}")
    def one_gateway(request: Request, store: str, gateway: str) -> Response:
        with reading(desk.engine) as session:
            plan = desk.plan(session, store)
            row = session.get(Gateway, (store, gateway))
            times = desk.times(plan, desk.language(request))
            bundles = bundle_rows(session, GatewayAddress(store, gateway), times)
            deaf = unheard(session, times.now)
            heard = [one for one in presence_rows(session, store) if one.gateway == gateway]
        place = next((one for one in plan.gateways if one.id == gateway), None)
        if place is None:
            raise HTTPException(404, gateway)
        condition = gateway_condition(row, times.now, deaf)
        health: Mapping[str, Any] = (row.health if row else None) or {}
        word, tone, icon = GATEWAY_WORDS[condition.state]
        return desk.page(
            request,
            "gateway.html",
            gateway=gateway,
            plan=plan,
            zone=zone_name(plan, place.zone),
            state=(tone, times.language.gettext(word), icon),
            since=None if condition.since is None else times.zoned(condition.since),
            presence=None if row is None or row.presence_at is None else times.zoned(row.presence_at),
            reported=None if row is None or row.health_at is None else times.zoned(row.health_at),
            lost=condition.state in LOST,
            vitals=_vitals(read_vitals(health), health, times),
            versions=sorted(health.get("versions", {}).items()),
            faults=sorted(health.get("faults", {}).items()),
            steps=[_step(one, times) for one in reversed(health.get("steps", []))],
            heard=_heard(heard, plan, times),
            section="fleet",
            store=store,
            may_ask=person_of(request).may("fleet"),
            **bundles,
        )


def _vitals(vitals: Vitals | None, health: Mapping[str, Any], times: StoreTime) -> list[tuple[str, str]]:
    """Return each vital sign with its name; what the gateway does not say is left out."""
    if vitals is None:
        return []
    say = times.language.gettext
    found = [
        (say("Adverts a minute"), vitals.heard_per_min, "%s"),
        (say("Scan path"), _path(vitals.scan_path, times), "%s"),
        (say("Self-test, frames a minute"), _rates(vitals.path_rates, times), "%s"),
        (say("Spool"), spool_words(vitals, times), "%s"),
        (say("Clock"), clock_words(vitals, times)[0], "%s"),
        (say("Processor"), vitals.cpu_pct, "%s %%"),
        (say("Temperature"), vitals.temperature_c, "%.0f °C"),
        (say("Disk free"), health.get("disk_free_mb"), "%.0f MB"),
        (say("Configuration"), vitals.config_version, "%s"),
    ]
    return [(name, form % value) for name, value, form in found if value is not None]


def _path(path: str | None, times: StoreTime) -> str | None:
    return None if path is None else named(times.language, SCAN_PATHS, path)


def _rates(rates: Mapping[str, float], times: StoreTime) -> str | None:
    return ", ".join(f"{_path(path, times)} {rate:.0f}" for path, rate in rates.items()) or None


def _step(step: Mapping[str, str], times: StoreTime) -> StepRow:
    return StepRow(times.clock(parse_instant(step["at"])), step["adapter"], step["step"], step["reason"])


def _heard(rows: Sequence[Heard], plan: StorePlan, times: StoreTime) -> list[HeardRow]:
    """Return the plan's beacons that it heard, those present first; tags are people's and are not listed."""
    places = {beacon.identity: beacon for beacon in plan.beacons}
    found = []
    for row in rows:
        beacon = places.get(row.identity)
        if beacon is None:
            continue
        present = row.state == "present" and times.now - row.last_at < BEACON_SILENT_AFTER_MS
        zone = zone_name(plan, beacon.zone)
        found.append(HeardRow(beacon.id, zone, present, times.zoned(row.first_at), times.zoned(row.last_at)))
    return sorted(found, key=lambda one: (not one.present, one.id))
