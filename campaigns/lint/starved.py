"""Campaigns whose way is barred by a policy, by quiet hours, or by limits of their own that cannot be reached."""

from collections.abc import Iterator, Sequence

from campaigns.document import ARRIVE, DWELL, ENTER, INTERRUPTING, LEAVE, Campaign
from campaigns.lint.chain import Chain
from campaigns.lint.finding import Finding, Where, error, named, warning
from campaigns.lint.weeks import minutes_of_day
from campaigns.schedule import ALWAYS
from protocol.instants import DAY
from protocol.plan import StorePlan
from protocol.policy import Policy

NAME = "starved"


def starved(chain: Chain) -> Iterator[Finding]:
    for campaign in chain.judged:
        yield from _by_itself(campaign)
        stores = chain.stores_of(campaign)
        for plan in stores:
            yield from _by_policy(campaign, plan)
        yield from _by_welcome(campaign, stores, chain.judged)


def interrupts(campaign: Campaign) -> bool:
    """Say whether every channel of the campaign interrupts."""
    return INTERRUPTING.issuperset(campaign.channels)


def _by_policy(campaign: Campaign, plan: StorePlan) -> Iterator[Finding]:
    policy = plan.policy
    if policy.global_holdout_pct == 100:
        expected = f"a global_holdout_pct of {plan.id} below 100"
        yield error(NAME, (campaign, ("stores",)), expected, "100: everybody is held out")
    if not interrupts(campaign):
        return
    for name, cap in (("max_per_visit", policy.max_per_visit), ("max_per_day", policy.max_per_day)):
        if cap == 0:
            expected = f"a policy of {plan.id} that lets something interrupt ({name} of at least 1)"
            yield _barred(campaign, policy, ("channels",), expected, f"{name}: 0")
    quiet = policy.quiet_hours
    if quiet is not None and all(map(quiet.contains, minutes_of_day(campaign.schedule))):
        expected = f"hours outside the quiet hours of {plan.id}, {quiet}"
        yield _barred(campaign, policy, ("schedule", "hours"), expected, "all of them inside")
    if campaign.trigger.on in (ENTER, DWELL) and campaign.trigger.zone in plan.silent_zones:
        yield from _in_silent_zone(campaign, plan)
    if 0 < policy.max_per_visit < campaign.limits.per_visit:
        expected = f"a per_visit that the policy of {plan.id} allows, at most {policy.max_per_visit}"
        yield warning(NAME, (campaign, ("limits", "per_visit")), expected, str(campaign.limits.per_visit))


def _by_welcome(
    campaign: Campaign, stores: Sequence[StorePlan], others: Sequence[Campaign]
) -> Iterator[Finding]:
    """Find what comes too late wherever a welcome that knows no limits takes the one message of each visit."""
    if not interrupts(campaign) or not _comes_after_arrival(campaign, stores):
        return
    for other in others:
        if _takes_each_visit(other, campaign) and all(other.runs_in(plan.id) for plan in stores):
            expected = f"a limit on {named(other)}, or a max_per_visit above 1 in the policy"
            got = f"{campaign.trigger.on}, after that one took the only message of the visit"
            yield warning(NAME, (campaign, ("trigger",)), expected, got)
            return


def _comes_after_arrival(campaign: Campaign, stores: Sequence[StorePlan]) -> bool:
    """Say whether the trigger comes when an arrival's arbitration is over and a policy of one message a visit holds."""
    trigger = campaign.trigger
    wait_ms = trigger.after_ms if trigger.on == DWELL else 0
    return bool(stores) and all(
        plan.policy.max_per_visit == 1
        and (trigger.on == LEAVE or (trigger.on == DWELL and wait_ms > plan.policy.arbitration_ms))
        for plan in stores
    )


def _takes_each_visit(welcome: Campaign, campaign: Campaign) -> bool:
    """Say whether whoever the campaign could interrupt has had the welcome; what may change within a visit proves nothing."""
    limits = welcome.limits
    return (
        welcome.trigger.on == ARRIVE
        and (welcome.audience, welcome.schedule) == (None, ALWAYS)
        and welcome.status in ("live", campaign.status)
        and welcome.trust == "app"
        and interrupts(welcome)
        and set(campaign.channels) <= set(welcome.channels)
        and (limits.total, limits.per_shopper) == (None, None)
        and not limits.cooldown_ms
    )


def _barred(campaign: Campaign, policy: Policy, path: tuple[str, ...], expected: str, got: str) -> Finding:
    """Return an error, or a warning where the inbox still gets it."""
    where: Where = (campaign, path)
    if campaign.blocked == "inbox" and policy.max_inbox_per_visit > 0:
        return warning(NAME, where, expected, f"{got}, so only the inbox gets it")
    return error(NAME, where, expected, f"{got}, so nobody gets it")


def _in_silent_zone(campaign: Campaign, plan: StorePlan) -> Iterator[Finding]:
    # To wait quietly in the inbox is a fair use of a zone in which nothing interrupts.
    if campaign.blocked == "inbox" and plan.policy.max_inbox_per_visit > 0:
        return
    where: Where = (campaign, ("trigger", "zone"))
    expected = f"a zone of {plan.id} in which messages may interrupt, or blocked: inbox"
    yield error(NAME, where, expected, f"{campaign.trigger.zone!r} with interrupt: never, so nobody gets it")


def _by_itself(campaign: Campaign) -> Iterator[Finding]:
    limits, on = campaign.limits, campaign.trigger.on
    if limits.per_visit > 1 and on in (ARRIVE, LEAVE):
        where: Where = (campaign, ("limits", "per_visit"))
        yield warning(NAME, where, f"per_visit: 1 with {on}, which comes once a visit", str(limits.per_visit))
    if limits.per_shopper is None:
        return
    where = (campaign, ("limits", "per_shopper"))
    if limits.per_shopper_ms == 0:
        yield warning(
            NAME, where, "a span of more than 0 days, or none", "within_days: 0, which limits nothing"
        )
        return
    if limits.per_shopper_ms is None or limits.cooldown_ms is None or limits.per_shopper < 2:
        return
    if limits.cooldown_ms * (limits.per_shopper - 1) >= limits.per_shopper_ms:
        days = limits.per_shopper_ms / DAY
        expected = f"a cooldown that leaves room for {limits.per_shopper} messages in {days:g} days"
        yield warning(
            NAME, (campaign, ("limits", "cooldown_s")), expected, f"{limits.cooldown_ms / 1000:g} s"
        )
