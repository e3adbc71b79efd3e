"""The fleet list's rows: gateways and beacons in words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.instants import SECOND, Instant
from protocol.plan import StorePlan
from store_server.db.tables import EquipmentCondition, Gateway
from store_server.fleet.condition import HEARD, MOVED, WEAK, Heard
from store_server.web.console.fleet.causes import zone_name
from store_server.web.console.fleet.equipment import BEACON_WORDS, GATEWAY_WORDS, LOST, Vitals, read_vitals
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
    said: Moment | None
    """When it gave these figures, where it says nothing now."""


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
    detail: str


def gateway_row(
    one: EquipmentCondition, plan: StorePlan, row: Gateway | None, times: StoreTime
) -> GatewayRow:
    """Return one gateway as the list shows it: its condition as kept, its vital signs as it said them last."""
    word, tone, icon = GATEWAY_WORDS[one.state]
    vitals = read_vitals(row.health) if row is not None else None
    clock, clock_bad = clock_words(vitals, times)
    return GatewayRow(
        store=plan.name,
        id=one.id,
        zone=zone_name(plan, one.zone),
        state=times.language.gettext(word),
        tone=tone,
        icon=icon,
        since=_when(one.since_at, times),
        heard=_when(row.presence_at if row is not None else None, times),
        path=f"{one.store}/{one.id}",
        adverts=_number(vitals.heard_per_min if vitals else None),
        spool=spool_words(vitals, times),
        clock=clock,
        clock_bad=clock_bad,
        version=(vitals.version if vitals else None) or "–",
        said=_when(row.health_at, times) if row is not None and one.state in LOST else None,
    )


def beacon_row(
    one: EquipmentCondition, plan: StorePlan, heard: Sequence[Heard], times: StoreTime
) -> BeaconRow:
    """Return one beacon as the list shows it: its condition as kept, and what gateways last said of it."""
    word, tone, icon = BEACON_WORDS[one.state]
    present = [row.gateway for row in heard if row.state == "present"]
    return BeaconRow(
        store=plan.name,
        id=one.id,
        zone=zone_name(plan, one.zone),
        state=times.language.gettext(word),
        tone=tone,
        icon=icon,
        since=_when(one.since_at, times),
        heard=_when(max((row.last_at for row in heard), default=None), times),
        heard_by=", ".join(present) if one.state in (HEARD, WEAK, MOVED) else "",
        detail=_detail(one, plan, times),
    )


def _detail(one: EquipmentCondition, plan: StorePlan, times: StoreTime) -> str:
    if one.state == WEAK:
        return times.language.say("%(db)s dB less than it used to be", db=one.detail)
    if one.state == MOVED:
        return times.language.say("heard best in %(zone)s", zone=zone_name(plan, one.detail))
    return ""


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
