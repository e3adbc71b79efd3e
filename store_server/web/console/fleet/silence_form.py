"""Silence windows as people write and read them: from when until when, of which store and kind, why and by whom."""

from collections.abc import Mapping
from dataclasses import dataclass

from protocol.instants import DAY, HOUR, Instant
from protocol.plan import StorePlan
from store_server.db.scope import visible_stores
from store_server.db.tables import AlertSilence
from store_server.fleet.troubles import RULES
from store_server.web.console.times import Moment, StoreTime, shared_zone
from store_server.web.console.words import marked
from store_server.web.design.language import Language

LONGEST_MS: Instant = 31 * DAY
"""Works on a shop floor end; what nobody wants to hear of for longer is not planned any more."""
LONGEST_REASON = 120

RULE_WORDS: Mapping[str, str] = {
    "gateway": marked("Gateways"),
    "beacon": marked("Beacons"),
    "campaign": marked("Campaigns"),
    "push": marked("Push services"),
    "phones": marked("Phones' uploads"),
    "server": marked("The server"),
    "document": marked("Revisions that do not read"),
}
FIELDS = ("store", "rule", "from_day", "from_time", "until_day", "until_time", "reason")

_NO_STORE = marked("A store out of the list, please.")
_NO_RULE = marked("A kind out of the list, please.")
_NO_TIME = marked("A day such as 2026-11-01 and a time such as 14:05, please.")
_NO_REASON = marked("Say why, in up to 120 characters: others will wonder.")
_TOO_EARLY = marked("The end comes after the beginning, and after now.")
_TOO_LONG = marked("31 days at most, please.")


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """One silence window in the list; no beginning: it runs already."""

    seq: int
    store: str
    rule: str
    begins: Moment | None
    until: Moment
    made_by: str
    reason: str


def zone_for(store: str, plans: Mapping[str, StorePlan]) -> str:
    """Return the clock that a window's times are read by: the store's, the chain's where it has one, else UTC."""
    if store in plans:
        return plans[store].timezone
    return shared_zone(plan.timezone for plan in plans.values())


def blank_form(plans: Mapping[str, StorePlan], language: Language, now: Instant) -> dict[str, str]:
    """Return what the form shows at first: from now, for an hour."""
    store = "" if visible_stores() is None else next(iter(plans), "")
    times = StoreTime(zone_for(store, plans), language, now)
    begin, end = times.typed(now), times.typed(now + HOUR)
    values = ("", "", *begin, *end, "")
    return dict(zip(FIELDS, values, strict=True))


def read_silence(
    form: Mapping[str, str], plans: Mapping[str, StorePlan], times: StoreTime, by: str
) -> tuple[AlertSilence | None, dict[str, str]]:
    """Return the window asked for, or what is wrong with each field (English, for the catalogue)."""
    given = {name: form.get(name, "").strip() for name in FIELDS}
    faults = _wrong_choices(given, plans)
    begin = _typed(times, given["from_day"], given["from_time"], times.now)
    until = _typed(times, given["until_day"], given["until_time"], None)
    if begin is None:
        faults["from_day"] = _NO_TIME
    if until is None:
        faults["until_day"] = _NO_TIME
    elif begin is not None and until <= max(begin, times.now):
        faults["until_day"] = _TOO_EARLY
    elif begin is not None and until - begin > LONGEST_MS:
        faults["until_day"] = _TOO_LONG
    if faults or begin is None or until is None:
        return None, faults
    window = AlertSilence(
        store=given["store"] or None,
        rule=given["rule"] or None,
        reason=given["reason"],
        from_at=begin,
        until_at=until,
        made_by=by,
    )
    return window, {}


def silence_row(
    window: AlertSilence, plans: Mapping[str, StorePlan], language: Language, now: Instant
) -> SilenceRow:
    """Return a window in words."""
    store, times = window.store or "", StoreTime(zone_for(window.store or "", plans), language, now)
    name = plans[store].name if store in plans else store or language.gettext("All stores")
    return SilenceRow(
        seq=window.seq or 0,
        store=name,
        rule=language.gettext(RULE_WORDS[window.rule]) if window.rule else "",
        begins=times.zoned(window.from_at) if window.from_at > now else None,
        until=times.zoned(window.until_at),
        made_by=window.made_by,
        reason=window.reason,
    )


def _wrong_choices(given: Mapping[str, str], plans: Mapping[str, StorePlan]) -> dict[str, str]:
    faults = {}
    if given["store"] not in plans if given["store"] else visible_stores() is not None:
        faults["store"] = _NO_STORE
    if given["rule"] and given["rule"] not in RULES:
        faults["rule"] = _NO_RULE
    if not given["reason"] or len(given["reason"]) > LONGEST_REASON:
        faults["reason"] = _NO_REASON
    return faults


def _typed(times: StoreTime, day: str, clock: str, otherwise: Instant | None) -> Instant | None:
    if not day and not clock:
        return otherwise
    try:
        return times.parse(day or times.iso_day(), clock)
    except ValueError:
        return None
