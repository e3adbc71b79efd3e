"""Everything `aislecue simulate` reads, decides and writes."""

import argparse
import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager

import msgspec

from aislecue.offline.documents import load_campaigns, load_plans
from aislecue.offline.output import writing
from aislecue.offline.people import load_history, load_shoppers
from aislecue.offline.presence import load_presence
from aislecue.offline.sightings import SortedSightings
from campaigns.decision import decision_line
from campaigns.simulate import Simulation, Spending
from campaigns.snapshot import Snapshot
from protocol.errors import BadInput, Problem

YOUNG = 1_000_000
"""New objects between two walks of the garbage collector. Nothing here is cyclic but by accident, and walking shoppers and
rules every 700 objects was a fifth of the time."""


class Report(msgspec.Struct, frozen=True):
    """What went in and what came out."""

    accepted_sightings: int
    ignored: dict[str, int]
    decisions: dict[str, int]


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Let the garbage collector look seldom, and as before afterwards."""
    before = gc.get_threshold()
    gc.set_threshold(YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def simulate(args: argparse.Namespace) -> Report:
    """Run one simulation as its arguments say. Raises BadInput before anything is written."""
    plans = load_plans(args.plan)
    campaigns = load_campaigns(args.campaigns)
    unknown = sorted(set(args.assume_live) - {campaign.id for campaign in campaigns})
    if unknown:
        raise BadInput(Problem("--assume-live", None, "ids of these campaigns", ", ".join(unknown)))
    snapshot = Snapshot.build(plans, campaigns, assume_live=args.assume_live)
    shoppers = load_shoppers(args.shoppers)
    past = load_history(args.history)
    presence = load_presence(args.presence)
    outcomes: Counter[str] = Counter()
    with seldom_collecting(), closing(SortedSightings(snapshot, shoppers)) as sightings:
        for path in args.sightings:
            sightings.read(path)
        simulation = Simulation(snapshot, plans, shoppers, past.by_shopper, Spending(past.received), presence)
        with writing(args.out) as out:
            for decision in simulation.run(sightings):
                outcomes[decision.outcome] += 1
                out.write(decision_line(decision))
        return Report(sightings.accepted, dict(sightings.ignored), dict(sorted(outcomes.items())))
