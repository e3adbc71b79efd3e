"""How gateways and beacons are doing, judged from what was last heard of them (SPEC 7). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant
from protocol.plan import Beacon, StorePlan
from store_server.db.tables import Gateway
from store_server.web.console.words import marked

SILENT_AFTER_MS = 30 * SECOND
"""A gateway is silent this long after its last presence message (SPEC 7)."""

BEACON_SILENT_AFTER_MS = 60 * SECOND
"""Presence is repeated every 10 s; a radio may deliver one report in 10 s, so a minute is no hiccup (FIELD-NOTES)."""

ONLINE, SILENT, RADIO_DEAD, OFFLINE, NEVER = GATEWAY_STATES = (
    "online",
    "silent",
    "radio-dead",
    "offline",
    "never",
)
HEARD, UNWATCHED = "heard", "unwatched"
BEACON_STATES = (HEARD, SILENT, UNWATCHED, NEVER)

GATEWAY_WORDS: Mapping[str, tuple[str, str, str]] = {
    ONLINE: (marked("Online"), "good", "check"),
    SILENT: (marked("Silent"), "bad", "warning"),
    RADIO_DEAD: (marked("Radio dead"), "bad", "cross"),
    OFFLINE: (marked("Offline"), "bad", "cross"),
    NEVER: (marked("Never heard"), "still", "dash"),
}
BEACON_WORDS: Mapping[str, tuple[str, str, str]] = {
    HEARD: (marked("Heard"), "good", "check"),
    SILENT: (marked("Silent"), "bad", "warning"),
    UNWATCHED: (marked("Not watched"), "warn", "dash"),
    NEVER: (marked("Never heard"), "warn", "dash"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A state and the instant since which it holds, where known."""

    state: str
    since: Instant | None

    @property
    def well(self) -> bool:
        return self.state in (ONLINE, HEARD)


@dataclass(frozen=True, slots=True)
class BeaconCondition:
    """A beacon's condition, which gateways hear it now, and when any last did."""

    condition: Condition
    heard_by: tuple[str, ...]
    last_at: Instant | None


class Heard(NamedTuple):
    """What a gateway last said of a beacon, as the presence table has it."""

    store: str
    gateway: str
    uuid: str
    major: int
    minor: int
    state: str
    first_at: Instant
    last_at: Instant

    @property
    def identity(self) -> BeaconIdentity:
        return BeaconIdentity(self.uuid, self.major, self.minor)


def gateway_condition(row: Gateway | None, now: Instant) -> Condition:
    """Judge one gateway; its own word that radio or link is gone explains a silence and comes first."""
    if row is None or (row.presence_at is None and row.status_at is None):
        return Condition(NEVER, None)
    if row.status in (OFFLINE, RADIO_DEAD):
        return Condition(row.status, row.status_at)
    if row.presence_at is None:
        return Condition(SILENT, row.status_at)
    if now - row.presence_at >= SILENT_AFTER_MS:
        return Condition(SILENT, row.presence_at)
    return Condition(ONLINE, row.status_at)


def store_gateways(plan: StorePlan, rows: Iterable[Gateway], now: Instant) -> dict[str, Condition]:
    """Judge every gateway of a plan, those never heard of too."""
    by_id = {row.id: row for row in rows}
    return {place.id: gateway_condition(by_id.get(place.id), now) for place in plan.gateways}


def store_beacons(
    plan: StorePlan, presence: Sequence[Heard], gateways: Mapping[str, Condition], now: Instant
) -> dict[str, BeaconCondition]:
    """Judge every beacon of a plan. Where no healthy gateway could hear it, it is unwatched rather than silent."""
    heard: dict[BeaconIdentity, list[Heard]] = {}
    for row in presence:
        heard.setdefault(row.identity, []).append(row)
    return {
        beacon.id: _beacon_condition(beacon, heard.get(beacon.identity, []), plan, gateways, now)
        for beacon in plan.beacons
    }


def _beacon_condition(
    beacon: Beacon, rows: Sequence[Heard], plan: StorePlan, gateways: Mapping[str, Condition], now: Instant
) -> BeaconCondition:
    hearing = tuple(
        row.gateway
        for row in rows
        if row.state == "present"
        and now - row.last_at < BEACON_SILENT_AFTER_MS
        and gateways.get(row.gateway, Condition(NEVER, None)).well
    )
    last = max((row.last_at for row in rows), default=None)
    if hearing:
        since = min(row.first_at for row in rows if row.gateway in hearing)
        return BeaconCondition(Condition(HEARD, since), hearing, last)
    watchers = {row.gateway for row in rows} | {
        place.id for place in plan.gateways if place.zone == beacon.zone
    }
    watched = any(gateways[name].well for name in watchers if name in gateways)
    if not watched:
        return BeaconCondition(Condition(UNWATCHED, last), (), last)
    return BeaconCondition(Condition(NEVER if last is None else SILENT, last), (), last)


@dataclass(frozen=True, slots=True)
class Vitals:
    """What a gateway's heartbeat says, as numbers; None where it did not."""

    heard_per_min: int | None
    spool: int | None
    spool_age_s: float | None
    clock_synced: bool | None
    clock_skew_ms: float | None
    cpu_pct: float | None
    temperature_c: float | None
    scan_path: str | None
    version: str | None
    config_version: int | None


def read_vitals(health: Mapping[str, Any] | None) -> Vitals | None:
    """Read a kept heartbeat (protocol.messages.Health); None before the first."""
    if not health:
        return None
    spool = health.get("spool") or {}
    adapters = health.get("adapters") or [{}]
    versions = health.get("versions") or {}
    return Vitals(
        heard_per_min=health.get("heard_per_min"),
        spool=spool.get("depth"),
        spool_age_s=spool.get("age_s"),
        clock_synced=health.get("clock_synced"),
        clock_skew_ms=health.get("clock_skew_ms"),
        cpu_pct=health.get("cpu_pct"),
        temperature_c=health.get("temperature_c"),
        scan_path=adapters[0].get("scan_path"),
        version=versions.get("aislecue") or next(iter(versions.values()), None),
        config_version=health.get("config_version"),
    )
