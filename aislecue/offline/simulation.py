"""Everything `aislecue simulate` reads, decides and writes."""

import argparse
import sys
from collections import Counter
from contextlib import closing

import msgspec

from aislecue.offline.documents import load_campaigns, load_plans
from aislecue.offline.output import writing
from aislecue.offline.people import load_history, load_shoppers
from aislecue.offline.presence import load_presence
from aislecue.offline.sightings import SortedSightings
from campaigns.decision import decision_line
from campaigns.simulate import Simulation, Spending
from campaigns.snapshot import Snapshot
from protocol.errors import Problem


class Report(msgspec.Struct, frozen=True):
    """What went in and what came out."""

    accepted_sightings: int
    ignored: dict[str, int]
    decisions: dict[str, int]


def simulate(args: argparse.Namespace) -> Report:
    """Run one simulation as its arguments say. Raises BadInput before anything is written."""
    plans = load_plans(args.plan)
    campaigns = load_campaigns(args.campaigns)
    unknown = sorted(set(args.assume_live) - {campaign.id for campaign in campaigns})
    if unknown:
        print(Problem("--assume-live", None, "ids of these campaigns", ", ".join(unknown)), file=sys.stderr)
    snapshot = Snapshot.build(plans, campaigns, assume_live=args.assume_live)
    shoppers = load_shoppers(args.shoppers)
    past = load_history(args.history)
    presence = load_presence(args.presence)
    outcomes: Counter[str] = Counter()
    with closing(SortedSightings(snapshot, shoppers)) as sightings:
        for path in args.sightings:
            sightings.read(path)
        simulation = Simulation(snapshot, plans, shoppers, past.by_shopper, Spending(past.received), presence)
        with writing(args.out) as out:
            for decision in simulation.run(sightings):
                outcomes[decision.outcome] += 1
                out.write(decision_line(decision))
        return Report(sightings.accepted, dict(sightings.ignored), dict(sorted(outcomes.items())))
