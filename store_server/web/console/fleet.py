"""The fleet list: every gateway and beacon of every store as one row each, and the filters. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from protocol.instants import SECOND
from store_server.db.tables import Gateway
from store_server.web.console.causes import StoreHealth, zone_name
from store_server.web.console.equipment import BEACON_WORDS, GATEWAY_WORDS, HEARD, ONLINE, Vitals, read_vitals
from store_server.web.console.times import Moment, StoreTime, duration_words

SKEW_SHOWN_MS = 2 * SECOND
"""Corroboration looks 30 s either way; a clock off by more than this is worth a word."""


@dataclass(frozen=True, slots=True)
class GatewayRow:
    """One gateway in the list."""

    store: str
    store_id: str
    id: str
    zone: str
    key: str
    """Its state's name, for filters and order."""
    state: str
    tone: str
    icon: str
    since: Moment | None
    heard: Moment | None
    adverts: str
    spool: str
    clock: str
    clock_bad: bool
    version: str


@dataclass(frozen=True, slots=True)
class BeaconRow:
    """One beacon in the list."""

    store: str
    store_id: str
    id: str
    zone: str
    key: str
    state: str
    tone: str
    icon: str
    since: Moment | None
    heard: Moment | None
    heard_by: str


def gateway_rows(health: StoreHealth, kept: Iterable[Gateway], times: StoreTime) -> list[GatewayRow]:
    """Return a store's gateways, those that are not well first."""
    by_id = {row.id: row for row in kept}
    found = []
    for place in health.plan.gateways:
        condition, row = health.gateways[place.id], by_id.get(place.id)
        word, tone, icon = GATEWAY_WORDS[condition.state]
        vitals = read_vitals(row.health) if row is not None else None
        clock, clock_bad = _clock(vitals, times)
        found.append(
            GatewayRow(
                store=health.plan.name,
                store_id=health.plan.id,
                id=place.id,
                zone=zone_name(health.plan, place.zone),
                key=condition.state,
                state=times.language.gettext(word),
                tone=tone,
                icon=icon,
                since=times.zoned(condition.since) if condition.since is not None else None,
                heard=times.zoned(row.presence_at)
                if row is not None and row.presence_at is not None
                else None,
                adverts=_number(vitals.heard_per_min if vitals else None),
                spool=_spool(vitals, times),
                clock=clock,
                clock_bad=clock_bad,
                version=(vitals.version if vitals else None) or "–",
            )
        )
    return sorted(found, key=lambda one: (one.key == ONLINE, one.id))


def beacon_rows(health: StoreHealth, last_heard: Mapping[str, int], times: StoreTime) -> list[BeaconRow]:
    """Return a store's beacons, those that are not heard first; `last_heard` is by beacon id."""
    found = []
    for beacon in health.plan.beacons:
        one = health.beacons[beacon.id]
        word, tone, icon = BEACON_WORDS[one.condition.state]
        heard_at = last_heard.get(beacon.id)
        found.append(
            BeaconRow(
                store=health.plan.name,
                store_id=health.plan.id,
                id=beacon.id,
                zone=zone_name(health.plan, beacon.zone),
                key=one.condition.state,
                state=times.language.gettext(word),
                tone=tone,
                icon=icon,
                since=times.zoned(one.condition.since) if one.condition.since is not None else None,
                heard=times.zoned(heard_at) if heard_at is not None else None,
                heard_by=", ".join(one.heard_by),
            )
        )
    return sorted(found, key=lambda one: (one.key == HEARD, one.id))


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)


def _spool(vitals: Vitals | None, times: StoreTime) -> str:
    if vitals is None or vitals.spool is None:
        return "–"
    if not vitals.spool or vitals.spool_age_s is None:
        return str(vitals.spool)
    return f"{vitals.spool} ({duration_words(times.language, round(vitals.spool_age_s * SECOND))})"


def _clock(vitals: Vitals | None, times: StoreTime) -> tuple[str, bool]:
    """Return the clock in words and whether it needs attention."""
    if vitals is None or vitals.clock_synced is None:
        return "–", False
    if not vitals.clock_synced:
        return times.language.gettext("not in step"), True
    skew = vitals.clock_skew_ms
    if skew is not None and abs(skew) >= SKEW_SHOWN_MS:
        return times.language.say("off by %(s)s s", s=f"{skew / SECOND:+.1f}"), True
    return times.language.gettext("in step"), False
