"""Whether anybody can be reached now: quiet hours, caps and consents hold everybody back and nothing is broken (SPEC 5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from campaigns.document import INTERRUPTING, Campaign
from protocol.instants import DAY, Instant, from_datetime, to_datetime
from protocol.plan import StorePlan
from store_server.web.console import rows
from store_server.web.console.times import StoreTime
from store_server.web.console.words import ADVICE, reason_words

QUIET = "quiet_hours"
ENOUGH = 20
"""Occasions in a day; of fewer nothing follows."""


@dataclass(frozen=True, slots=True)
class Held:
    """What holds everybody back, in words."""

    title: str
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class QuietSpan:
    """Quiet hours that run now."""

    since: Instant
    until: Instant


def quiet_now(plan: StorePlan, now: Instant) -> QuietSpan | None:
    """Return a store's quiet hours if they run now, by its own clock."""
    hours = plan.policy.quiet_hours
    if hours is None:
        return None
    local = to_datetime(now).astimezone(ZoneInfo(plan.timezone))
    if not hours.contains(local.hour * 60 + local.minute):
        return None
    began = hours.crosses_midnight and local.hour * 60 + local.minute < hours.end_min
    first = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0) - timedelta(
        days=1 if began else 0
    )
    last = first + timedelta(days=1 if hours.crosses_midnight else 0)
    return QuietSpan(
        from_datetime(first + timedelta(minutes=hours.start_min)),
        from_datetime(last + timedelta(minutes=hours.end_min)),
    )


def all_quiet(campaign: Campaign, plans: Mapping[str, StorePlan], now: Instant) -> QuietSpan | None:
    """Return the quiet hours of a live campaign that only interrupts, where they run in every store of it."""
    if campaign.status != "live" or not INTERRUPTING.issuperset(campaign.channels):
        return None
    found = []
    for store, plan in plans.items():
        if campaign.runs_in(store):
            span = quiet_now(plan, now)
            if span is None:
                return None
            found.append(span)
    if not found:
        return None
    return QuietSpan(min(span.since for span in found), min(span.until for span in found))


def read_held(
    session: Session, campaign: Campaign, plans: Mapping[str, StorePlan], times: StoreTime
) -> Held | None:
    """Return what holds back everybody whom a campaign might reach; None: nothing does, or too little came about."""
    if campaign.status != "live":
        return None
    language, quiet = times.language, all_quiet(campaign, plans, times.now)
    if quiet is not None:
        counts = rows.counts_since(session, quiet.since, campaign=campaign.id)
        until, since = times.brief(quiet.until).text, times.brief(quiet.since).text
        stopped = sum(number for _, reason, number in counts if reason == QUIET)
        return Held(
            language.say("Nobody is interrupted now: quiet hours until %(until)s", until=until),
            language.say(
                "%(n)s stopped by quiet hours since %(since)s, resumes %(until)s",
                n=stopped,
                since=since,
                until=until,
            ),
        )
    return _unreached(rows.counts_since(session, times.now - DAY, campaign=campaign.id), times)


def _unreached(counts: Sequence[tuple[str, str | None, int]], times: StoreTime) -> Held | None:
    """Tell of a day with many occasions and no message, by the reason that stopped most."""
    total = sum(number for _, _, number in counts)
    if total < ENOUGH or any(outcome == "send" for outcome, _, _ in counts):
        return None
    number, reason = max((number, reason or "") for _, reason, number in counts)
    language = times.language
    return Held(
        language.gettext("Nobody was reached in the last 24 hours"),
        language.say(
            "%(n)s of %(total)s occasions came to nothing because %(because)s",
            n=number,
            total=total,
            because=reason_words(language, reason),
        ),
        language.gettext(ADVICE[reason]) if reason in ADVICE else "",
    )
