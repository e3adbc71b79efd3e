"""Windows that look back further than anything is kept (retention: docs/campaigns.md, "How far back it remembers")."""

from collections.abc import Iterator

from campaigns.conditions import Happened, Visits
from campaigns.document import Campaign
from campaigns.lint.chain import Chain, leaves
from campaigns.lint.finding import Finding, warning
from protocol.document import Path
from protocol.instants import DAY, Instant

HISTORY_KEPT = 400 * DAY
"""Visits and purchases."""
DELIVERY_KEPT = 90 * DAY
"""What was sent and opened."""


def windows(chain: Chain) -> Iterator[Finding]:
    for campaign in chain.judged:
        for path, span, kept in _spans(campaign):
            if span is not None and span > kept:
                expected = f"a window of at most {kept // DAY} days, which is how long this is kept"
                yield warning("retention", (campaign, path), expected, f"{span / DAY:g} days")


def _spans(campaign: Campaign) -> Iterator[tuple[Path, Instant | None, Instant]]:
    limits = campaign.limits
    yield ("limits", "per_shopper", "within_days"), limits.per_shopper_ms, DELIVERY_KEPT
    yield ("limits", "cooldown_s"), limits.cooldown_ms, DELIVERY_KEPT
    if campaign.goal is not None:
        yield ("goal", "within_s"), campaign.goal.within_ms, DELIVERY_KEPT
    for path, leaf in leaves(campaign):
        if isinstance(leaf, Visits):
            yield (*path, "visits", "within_days"), leaf.within_ms, HISTORY_KEPT
        elif isinstance(leaf, Happened):
            key = "purchased" if leaf.kind == "purchase" else leaf.kind
            kept = HISTORY_KEPT if leaf.kind == "purchase" else DELIVERY_KEPT
            yield (*path, key, "within_days"), leaf.within_ms, kept
