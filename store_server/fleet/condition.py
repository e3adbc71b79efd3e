"""How gateways and beacons are doing, judged from what was last heard of them (SPEC 7). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant
from protocol.plan import StorePlan
from store_server.db.tables import Gateway
from store_server.fleet.silence import SILENT_AFTER_MS

BEACON_SILENT_AFTER_MS = 45 * SECOND
"""Presence is repeated every 10 s and a radio may deliver one report in 10 s: four missed are no hiccup (FIELD-NOTES), and a
beacon that has died is said within a minute."""

ONLINE, SPOOL_FULL, CLOCK_OFF, SILENT, RADIO_DEAD, OFFLINE, UNHEARD, NEVER = GATEWAY_STATES = (
    "online",
    "spool-full",
    "clock-off",
    "silent",
    "radio-dead",
    "offline",
    "unheard",
    "never",
)
HEARD, UNWATCHED, WEAK, MOVED = "heard", "unwatched", "weak", "moved"
BEACON_STATES = (HEARD, WEAK, MOVED, SILENT, UNWATCHED, NEVER)


@dataclass(frozen=True, slots=True)
class Condition:
    """A state and the instant since which it holds, where known."""

    state: str
    since: Instant | None

    @property
    def well(self) -> bool:
        return self.state in (ONLINE, HEARD)

    @property
    def alive(self) -> bool:
        """Say whether it does its work, though it may need looking after."""
        return self.well or self.state in (WEAK, MOVED, SPOOL_FULL)


@dataclass(frozen=True, slots=True)
class BeaconCondition:
    """A beacon's condition, which gateways hear it now, and when any last did."""

    condition: Condition
    heard_by: tuple[str, ...]
    last_at: Instant | None
    detail: str = ""
    """Of one that is weak the dB it lost, of one that moved the zone it is heard in."""


class Spoken(NamedTuple):
    """What was last heard of a gateway, as the gateway table has it."""

    store: str
    id: str
    status: str
    status_at: Instant | None
    presence_at: Instant | None
    clock_off_since: Instant | None = None
    spool_full_since: Instant | None = None


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
    rssi_dbm: int

    @property
    def identity(self) -> BeaconIdentity:
        return BeaconIdentity(self.uuid, self.major, self.minor)


def gateway_condition(
    row: Spoken | Gateway | None, now: Instant, unheard: Condition | None = None
) -> Condition:
    """Judge one gateway; its own word that radio or link is gone explains a silence and comes first.

    `unheard` takes the place of a silence that says nothing, where the server itself could hear nobody.
    """
    if row is None or (row.presence_at is None and row.status_at is None):
        return Condition(NEVER, None)
    if row.status in (OFFLINE, RADIO_DEAD):
        return Condition(row.status, row.status_at)
    since = row.presence_at or row.status_at
    if row.presence_at is None or now - row.presence_at >= SILENT_AFTER_MS:
        return Condition(SILENT, since) if unheard is None else unheard
    if row.clock_off_since is not None:
        return Condition(CLOCK_OFF, row.clock_off_since)
    if row.spool_full_since is not None:
        return Condition(SPOOL_FULL, row.spool_full_since)
    return Condition(ONLINE, row.status_at)


def store_gateways(
    plan: StorePlan, rows: Iterable[Spoken | Gateway], now: Instant, unheard: Condition | None = None
) -> dict[str, Condition]:
    """Judge every gateway of a plan, those never heard of too."""
    by_id = {row.id: row for row in rows}
    return {place.id: gateway_condition(by_id.get(place.id), now, unheard) for place in plan.gateways}


def store_beacons(
    plan: StorePlan, presence: Sequence[Heard], gateways: Mapping[str, Condition], now: Instant
) -> dict[str, BeaconCondition]:
    """Judge every beacon of a plan. Where no healthy gateway could hear it, it is unwatched rather than silent."""
    heard: dict[BeaconIdentity, list[Heard]] = {}
    for row in presence:
        heard.setdefault(row.identity, []).append(row)
    well = frozenset(name for name, one in gateways.items() if one.alive)
    watched = frozenset(place.zone for place in plan.gateways if place.id in well)
    return {
        beacon.id: _beacon_condition(heard.get(beacon.identity, ()), beacon.zone in watched, well, now)
        for beacon in plan.beacons
    }


def _beacon_condition(
    rows: Sequence[Heard], zone_watched: bool, well: frozenset[str], now: Instant
) -> BeaconCondition:
    alive_since = now - BEACON_SILENT_AFTER_MS
    hearing = [
        row for row in rows if row.last_at > alive_since and row.state == "present" and row.gateway in well
    ]
    last = max((row.last_at for row in rows), default=None)
    if hearing:
        since = min(row.first_at for row in hearing)
        return BeaconCondition(Condition(HEARD, since), tuple(row.gateway for row in hearing), last)
    if not zone_watched and well.isdisjoint(row.gateway for row in rows):
        return BeaconCondition(Condition(UNWATCHED, last), (), last)
    return BeaconCondition(Condition(NEVER if last is None else SILENT, last), (), last)
