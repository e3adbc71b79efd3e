"""The fleet list: every gateway and beacon of every store as one row each, and what the filters choose. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from protocol.instants import SECOND, Instant
from store_server.db.tables import Gateway
from store_server.fleet.condition import Condition
from store_server.fleet.health import StoreHealth
from store_server.web.console.causes import zone_name
from store_server.web.console.equipment import BEACON_WORDS, GATEWAY_WORDS, Vitals, read_vitals
from store_server.web.console.times import Moment, StoreTime, duration_words

SKEW_SHOWN_MS = 2 * SECOND
"""Corroboration looks 30 s either way; a clock off by more than this is worth a word."""


@dataclass(frozen=True, slots=True)
class GatewayRow:
    """One gateway in the list."""

    store: str
    id: str
    zone: str
    state: str
    tone: str
    icon: str
    since: Moment | None
    heard: Moment | None
    path: str
    adverts: str
    spool: str
    clock: str
    clock_bad: bool
    version: str


@dataclass(frozen=True, slots=True)
class BeaconRow:
    """One beacon in the list."""

    store: str
    id: str
    zone: str
    state: str
    tone: str
    icon: str
    since: Moment | None
    heard: Moment | None
    heard_by: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the fleet to list; None leaves a filter open."""

    store: str | None = None
    state: str | None = None


def chosen_gateways(healths: Mapping[str, StoreHealth], wanted: Wanted) -> list[tuple[str, str]]:
    """Return store and id of the gateways that match, those that are not well first."""
    conditions = [
        (one, store, name) for store, health in healths.items() for name, one in health.gateways.items()
    ]
    return _chosen(conditions, wanted)


def chosen_beacons(healths: Mapping[str, StoreHealth], wanted: Wanted) -> list[tuple[str, str]]:
    """Return store and id of the beacons that match, those that are not heard first."""
    conditions = [
        (one.condition, store, name)
        for store, health in healths.items()
        for name, one in health.beacons.items()
    ]
    return _chosen(conditions, wanted)


def _chosen(conditions: Iterable[tuple[Condition, str, str]], wanted: Wanted) -> list[tuple[str, str]]:
    found = sorted(
        (one.well, store, name)
        for one, store, name in conditions
        if wanted.store in (None, store) and wanted.state in (None, one.state)
    )
    return [(store, name) for _, store, name in found]


def gateway_row(health: StoreHealth, name: str, row: Gateway | None, times: StoreTime) -> GatewayRow:
    """Return one gateway of a store as the list shows it."""
    place = next(one for one in health.plan.gateways if one.id == name)
    condition = health.gateways[name]
    word, tone, icon = GATEWAY_WORDS[condition.state]
    vitals = read_vitals(row.health) if row is not None else None
    clock, clock_bad = clock_words(vitals, times)
    return GatewayRow(
        store=health.plan.name,
        id=name,
        zone=zone_name(health.plan, place.zone),
        state=times.language.gettext(word),
        tone=tone,
        icon=icon,
        since=_when(condition.since, times),
        heard=_when(row.presence_at if row is not None else None, times),
        path=f"{health.plan.id}/{name}",
        adverts=_number(vitals.heard_per_min if vitals else None),
        spool=spool_words(vitals, times),
        clock=clock,
        clock_bad=clock_bad,
        version=(vitals.version if vitals else None) or "–",
    )


def beacon_row(health: StoreHealth, name: str, times: StoreTime) -> BeaconRow:
    """Return one beacon of a store as the list shows it."""
    beacon = next(one for one in health.plan.beacons if one.id == name)
    one = health.beacons[name]
    word, tone, icon = BEACON_WORDS[one.condition.state]
    return BeaconRow(
        store=health.plan.name,
        id=name,
        zone=zone_name(health.plan, beacon.zone),
        state=times.language.gettext(word),
        tone=tone,
        icon=icon,
        since=_when(one.condition.since, times),
        heard=_when(one.last_at, times),
        heard_by=", ".join(one.heard_by),
    )


def _when(at: Instant | None, times: StoreTime) -> Moment | None:
    return None if at is None else times.zoned(at)


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)


def spool_words(vitals: Vitals | None, times: StoreTime) -> str:
    """Return how many messages it holds, and for how long already."""
    if vitals is None or vitals.spool is None:
        return "–"
    if not vitals.spool or vitals.spool_age_s is None:
        return str(vitals.spool)
    return f"{vitals.spool} ({duration_words(times.language, round(vitals.spool_age_s * SECOND))})"


def clock_words(vitals: Vitals | None, times: StoreTime) -> tuple[str, bool]:
    """Return the clock in words and whether it needs attention."""
    if vitals is None or vitals.clock_synced is None:
        return "–", False
    if not vitals.clock_synced:
        return times.language.gettext("not in step"), True
    skew = vitals.clock_skew_ms
    if skew is not None and abs(skew) >= SKEW_SHOWN_MS:
        return times.language.say("off by %(s)s s", s=f"{skew / SECOND:+.1f}"), True
    return times.language.gettext("in step"), False
