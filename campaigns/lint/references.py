"""Campaigns named by `received` and `opened` that do not exist."""

from collections.abc import Iterator

from campaigns.conditions import Happened
from campaigns.lint.chain import Chain, leaves
from campaigns.lint.finding import Finding, warning
from protocol.reading import hint


def references(chain: Chain) -> Iterator[Finding]:
    if not chain.all_campaigns:
        return
    known = sorted(campaign.id for campaign in chain.campaigns)
    for campaign in chain.judged:
        for path, leaf in leaves(campaign):
            if not isinstance(leaf, Happened) or leaf.kind == "purchase":
                continue
            if leaf.what is not None and leaf.what not in known:
                where = (campaign, (*path, leaf.kind, "campaign"))
                got = f"{leaf.what!r}{hint(leaf.what, known)}"
                yield warning("unknown-campaign", where, "a campaign that is here", got)
