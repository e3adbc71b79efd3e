"""Variants that compare nothing and goals that nothing can reach."""

from collections.abc import Iterator

from campaigns.document import Campaign
from campaigns.lint.chain import Chain
from campaigns.lint.finding import Finding, warning

OPENS = frozenset(("push", "inbox", "email"))
"""Channels that tell when a message was opened."""


def experiments(chain: Chain) -> Iterator[Finding]:
    for campaign in chain.judged:
        yield from _variants(campaign)
        yield from _goal(campaign)


def _variants(campaign: Campaign) -> Iterator[Finding]:
    if len(campaign.variants) == 1:
        yield warning("variants", (campaign, ("variants",)), "at least two variants to compare", "one")
    shown: dict[str, str] = {}
    for k, variant in enumerate(campaign.variants):
        words = repr((variant.message or campaign.message).texts)
        if words in shown:
            got = f"{variant.id!r}, the same words as {shown[words]!r}"
            yield warning(
                "variants", (campaign, ("variants", k)), "variants that differ in their message", got
            )
        shown.setdefault(words, variant.id)


def _goal(campaign: Campaign) -> Iterator[Finding]:
    goal = campaign.goal
    if goal is None:
        return
    if goal.tag is not None and goal.kind != "purchase":
        yield warning(
            "goal", (campaign, ("goal", "tag")), f"no tag with the goal {goal.kind}", repr(goal.tag)
        )
    if goal.kind == "opened" and not OPENS.intersection(campaign.channels):
        where = (campaign, ("goal", "kind"))
        expected = f"a goal that {', '.join(campaign.channels)} can tell of"
        yield warning("goal", where, expected, "'opened', which only push, inbox and email report")
