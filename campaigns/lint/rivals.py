"""Campaigns in each other's way: duplicates, and those that a higher priority always outranks (SPEC 5, arbitration)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from campaigns.document import ARRIVE, INTERRUPTING, LEAVE, Campaign, Limits, Trigger
from campaigns.lint.chain import Chain
from campaigns.lint.finding import Finding, error, named, warning
from campaigns.lint.logic import includes
from campaigns.lint.weeks import covers


def rivals(chain: Chain) -> Iterator[Finding]:
    """Compare the campaigns of each trigger, in order of arbitration."""
    by_trigger: dict[Trigger, list[Campaign]] = defaultdict(list)
    for campaign in sorted(chain.judged, key=lambda one: (-one.priority, one.id)):
        by_trigger[campaign.trigger].append(campaign)
    for some in by_trigger.values():
        for k, campaign in enumerate(some):
            yield from _against(campaign, some[:k])


def _against(campaign: Campaign, stronger: Sequence[Campaign]) -> Iterator[Finding]:
    """Tell of the first rival only: one is enough to act on."""
    for other in stronger:
        if _same(other, campaign):
            got = f"the same as {named(other)}"
            yield warning(
                "duplicate", (campaign, ("trigger",)), "a trigger, audience or schedule of its own", got
            )
            return
    for other in stronger:
        if _shadows(other, campaign):
            yield _shadowed(campaign, other, always=not _may_rest(other, campaign))
            return


def _same(one: Campaign, other: Campaign) -> bool:
    return (
        one.audience == other.audience
        and _compete(one, other)
        and one.schedule == other.schedule
        and _both_run(one, other)
        and (one.stores is None or other.stores is None or not one.stores.isdisjoint(other.stores))
    )


def _compete(one: Campaign, other: Campaign) -> bool:
    """Say whether one may take the other's place: an offer to the shopper and a word to the staff do not."""
    return one.channels == other.channels or not (
        INTERRUPTING.isdisjoint(one.channels) or INTERRUPTING.isdisjoint(other.channels)
    )


def _both_run(stronger: Campaign, weaker: Campaign) -> bool:
    return stronger.status in ("live", weaker.status)


def _shadows(stronger: Campaign, weaker: Campaign) -> bool:
    everywhere = stronger.stores is None or (weaker.stores is not None and stronger.stores >= weaker.stores)
    return (
        everywhere
        and _both_run(stronger, weaker)
        and stronger.trust in ("app", weaker.trust)
        and _first_to_interrupt(weaker) <= _first_to_interrupt(stronger)
        and bool(_first_to_interrupt(weaker))
        and not _steps_aside(stronger.limits, weaker.limits)
        and covers(stronger.schedule, weaker.schedule)
        and includes(stronger.audience, weaker.audience, weaker.trigger)
    )


def _first_to_interrupt(campaign: Campaign) -> set[str]:
    """Return the interrupting channels that come before any other: those by which it always takes part."""
    out: set[str] = set()
    for channel in campaign.channels:
        if channel not in INTERRUPTING:
            break
        out.add(channel)
    return out


def _steps_aside(stronger: Limits, weaker: Limits) -> bool:
    """Say whether the stronger one's own limits leave the weaker one a turn."""
    return (
        stronger.total is not None
        or stronger.per_visit < weaker.per_visit
        or (stronger.cooldown_ms or 0) > (weaker.cooldown_ms or 0)
        or (
            stronger.per_shopper is not None
            and (stronger.per_shopper, stronger.per_shopper_ms) != (weaker.per_shopper, weaker.per_shopper_ms)
        )
    )


def _may_rest(stronger: Campaign, weaker: Campaign) -> bool:
    """Say whether the stronger one may fail before it outranks: its caps are used up, or its stay is over and the other's need not last."""
    limits = stronger.limits
    return (
        limits.per_shopper is not None
        or bool(limits.cooldown_ms)
        or stronger.trigger.on not in (ARRIVE, LEAVE)
        or (stronger.cancel_on_exit and not weaker.cancel_on_exit)
    )


def _shadowed(campaign: Campaign, by: Campaign, *, always: bool) -> Finding:
    where = (campaign, ("priority",))
    expected = f"a priority above {by.priority}, or an audience that {named(by)} does not hold"
    if campaign.blocked == "inbox":
        got = f"{campaign.priority}: always outranked, so only the inbox gets it"
        return warning("shadowed", where, expected, got)
    if not always:
        got = f"{campaign.priority}: outranked but where {by.id!r} has used up its own limits"
        return warning("shadowed", where, expected, got)
    return error("shadowed", where, expected, f"{campaign.priority}: always outranked, so nobody gets it")
