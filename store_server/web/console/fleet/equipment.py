"""Gateways and beacons in words, and what a gateway's heartbeat says as numbers (SPEC 7, health)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from store_server.fleet.condition import (
    CLOCK_OFF,
    HEARD,
    MOVED,
    NEVER,
    OFFLINE,
    ONLINE,
    RADIO_DEAD,
    SILENT,
    SPOOL_FULL,
    UNHEARD,
    UNWATCHED,
    WEAK,
)
from store_server.web.console.words import marked

GATEWAY_WORDS: Mapping[str, tuple[str, str, str]] = {
    ONLINE: (marked("Online"), "good", "check"),
    SPOOL_FULL: (marked("Spool full"), "warn", "warning"),
    CLOCK_OFF: (marked("Clock wrong"), "bad", "expired"),
    SILENT: (marked("Silent"), "bad", "warning"),
    RADIO_DEAD: (marked("Radio dead"), "bad", "cross"),
    OFFLINE: (marked("Offline"), "bad", "cross"),
    UNHEARD: (marked("Cannot be heard"), "warn", "dash"),
    NEVER: (marked("Never heard"), "still", "dash"),
}
BEACON_WORDS: Mapping[str, tuple[str, str, str]] = {
    HEARD: (marked("Heard"), "good", "check"),
    WEAK: (marked("Weak"), "warn", "warning"),
    MOVED: (marked("Moved"), "warn", "warning"),
    SILENT: (marked("Silent"), "bad", "warning"),
    UNWATCHED: (marked("Not watched"), "warn", "dash"),
    NEVER: (marked("Never heard"), "warn", "dash"),
}
LOST = (SILENT, OFFLINE, UNHEARD)
"""States of a gateway that says nothing now: its figures are those of then."""

SCAN_PATHS: Mapping[str, str] = {
    "both": marked("active and passive together"),
    "active": marked("active"),
    "passive": marked("passive"),
    "simulated": marked("simulated"),
    "none": marked("not listening"),
}


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
    path_rates: Mapping[str, float]
    """What its start-up test measured, frames a minute by scan path."""
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
        path_rates=adapters[0].get("path_rates") or {},
        version=versions.get("aislecue") or next(iter(versions.values()), None),
        config_version=health.get("config_version"),
    )
