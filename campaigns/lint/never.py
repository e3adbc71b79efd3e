"""Campaigns that can never send: an audience of nobody, a schedule that never comes, limits of nothing."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations

from campaigns.conditions import AllOf, Condition
from campaigns.document import Campaign, line
from campaigns.lint.chain import Chain
from campaigns.lint.finding import Finding, error, warning
from campaigns.lint.logic import nobody
from campaigns.lint.weeks import comes
from campaigns.schedule import WEEKDAYS, Schedule
from protocol.document import Path

NAME = "never-true"


def never_true(chain: Chain) -> Iterator[Finding]:
    for campaign in chain.judged:
        yield from _audience(campaign)
        yield from _schedule(campaign, chain)
        yield from _limits(campaign)


def _audience(campaign: Campaign) -> Iterator[Finding]:
    audience, trigger = campaign.audience, campaign.trigger
    if audience is None or not nobody(audience, trigger, private=False):
        return
    if nobody(audience, trigger, private=True):
        where, got = _culprits(campaign, audience, private=True)
        yield error(NAME, (campaign, where), "an audience that somebody can be in", got)
        return
    where, got = _culprits(campaign, audience, private=False)
    expected = "an audience that more can be in than those who do not allow personalisation"
    yield warning(NAME, (campaign, where), expected, f"{got} else")


def _culprits(campaign: Campaign, audience: Condition, *, private: bool) -> tuple[Path, str]:
    """Return where the fault shows and what it is: one condition, two that clash, or the whole audience."""
    parts = audience.parts if isinstance(audience, AllOf) else (audience,)
    paths: list[Path] = [("audience", "all", k) for k in range(len(parts))]
    if not isinstance(audience, AllOf):
        paths = [("audience",)]
    for path, part in zip(paths, parts, strict=True):
        if nobody(part, campaign.trigger, private=private):
            return path, "a condition that is true for nobody"
    for (path, part), (other_path, other) in combinations(zip(paths, parts, strict=True), 2):
        if nobody(AllOf((part, other)), campaign.trigger, private=private):
            return other_path, f"a condition that excludes the one of line {line(campaign, *path)}"
    return ("audience",), "conditions that exclude each other"


def _schedule(campaign: Campaign, chain: Chain) -> Iterator[Finding]:
    schedule = campaign.schedule
    if not comes(schedule):
        days = ", ".join(WEEKDAYS[day] for day in sorted(schedule.days or ()))
        got = f"none from {schedule.starts} to {schedule.ends}"
        yield error(
            NAME, (campaign, ("schedule", "days")), f"a {days.replace(', ', ' or ')} within the dates", got
        )
    if chain.today is not None and schedule.ends is not None and _last_day(schedule) < chain.today:
        where = (campaign, ("schedule", "ends"))
        yield error(NAME, where, f"a last day from today, {chain.today}, on", str(schedule.ends))


def _last_day(schedule: Schedule) -> date:
    """Return the last day of a schedule that ends: a span over midnight goes on into the next."""
    assert schedule.ends is not None
    return schedule.ends + timedelta(days=any(span.crosses_midnight for span in schedule.hours))


def _limits(campaign: Campaign) -> Iterator[Finding]:
    limits = campaign.limits
    if limits.per_visit == 0:
        yield error(NAME, (campaign, ("limits", "per_visit")), "at least 1 message a visit", "0")
    if limits.total == 0:
        yield error(NAME, (campaign, ("limits", "total")), "a budget of at least 1 message", "0")
    if limits.per_shopper == 0:
        where = (campaign, ("limits", "per_shopper", "max"))
        yield error(NAME, where, "at least 1 message a shopper", "0")
    if campaign.holdout_pct == 100:
        expected = "a holdout of less than 100 %"
        yield error(NAME, (campaign, ("holdout_pct",)), expected, "100: everybody is held out")
