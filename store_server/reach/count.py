"""A campaign's reach over the kept week: its outcomes and reasons, and what it takes from other campaigns or gives them.

The same machine as `aislecue simulate`, on the same facts: the counts are equal (tests/store_server/reach).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from campaigns.decision import INBOX, SEND, Decision
from campaigns.document import Campaign
from campaigns.simulate import Simulation, Spending
from campaigns.snapshot import Snapshot
from protocol.instants import DAY, Instant
from protocol.plan import StorePlan
from store_server.reach import week

Tell = Callable[[float], None]
"""Hears how much is done, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Displaced:
    """Another campaign's messages without this one and with it."""

    campaign: str
    sent_without: int
    sent_with: int
    inbox_without: int
    inbox_with: int


@dataclass(frozen=True, slots=True)
class Reach:
    """What would have come of a campaign in the kept week."""

    since: Instant
    until: Instant
    whole_week: bool
    shoppers: int
    """Who were seen and agree to it."""
    counts: Mapping[tuple[str, str | None], int]
    """(outcome, reason) -> decisions of this campaign."""
    receivers: int
    """Shoppers who would have been sent it at least once."""
    displaced: Sequence[Displaced]


def reach(
    session: Session,
    plans: Sequence[StorePlan],
    campaign: Campaign,
    others: Sequence[Campaign],
    now: Instant,
    tell: Tell,
) -> Reach:
    """Play the week twice: with the campaign as if it were live, and without it. Raises BadInput."""
    with_it = Snapshot.build(plans, [*others, campaign], assume_live=[campaign.id])
    without = Snapshot.build(plans, others)
    since = week.kept_since(session, now)
    shoppers = week.shoppers_seen(session, since)
    known = week.past(session, since, shoppers)

    def play(snapshot: Snapshot, progress: Tell) -> Iterable[Decision]:
        heard = week.presence(session)
        run = Simulation(snapshot, plans, shoppers, known.by_shopper, Spending(known.received), heard)
        seen = week.sightings(session, since, shoppers, snapshot)
        for decision in run.run(seen):
            progress((decision.at - since) / max(now - since, 1))
            yield decision

    counts: Counter[tuple[str, str | None]] = Counter()
    receivers: set[str] = set()
    with_others = _Others(campaign.id)
    for one in play(with_it, lambda part: tell(part / 2)):
        with_others.count(one)
        if one.campaign == campaign.id:
            counts[one.outcome, one.reason] += 1
            if one.outcome == SEND:
                receivers.add(one.shopper)
    without_it = _Others(campaign.id)
    for one in play(without, lambda part: tell(0.5 + part / 2)):
        without_it.count(one)
    return Reach(
        since=since,
        until=now,
        whole_week=since < now - week.WEEK_MS + DAY,
        shoppers=len(shoppers),
        counts=dict(counts),
        receivers=len(receivers),
        displaced=_displaced(without_it, with_others),
    )


class _Others:
    """What campaigns other than the one send and leave in inboxes."""

    def __init__(self, one: str) -> None:
        self._one = one
        self.sent: Counter[str] = Counter()
        self.inbox: Counter[str] = Counter()

    def count(self, decision: Decision) -> None:
        if decision.campaign != self._one and decision.outcome in (SEND, INBOX):
            (self.sent if decision.outcome == SEND else self.inbox)[decision.campaign] += 1


def _displaced(without: _Others, with_it: _Others) -> list[Displaced]:
    """Return the campaigns whose figures differ, those that lose most first."""
    names = {*without.sent, *without.inbox, *with_it.sent, *with_it.inbox}
    found = [
        Displaced(name, without.sent[name], with_it.sent[name], without.inbox[name], with_it.inbox[name])
        for name in names
    ]
    changed = [
        one for one in found if (one.sent_without, one.inbox_without) != (one.sent_with, one.inbox_with)
    ]
    return sorted(changed, key=lambda one: (one.sent_with - one.sent_without, one.campaign))
