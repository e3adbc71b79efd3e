"""Everything `aislecue simulate` reads, decides and writes."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from aislecue.offline.documents import load_campaigns, load_plans
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
        with _writer(args.out) as out:
            for decision in simulation.run(sightings):
                outcomes[decision.outcome] += 1
                out.write(decision_line(decision))
        return Report(sightings.accepted, dict(sightings.ignored), dict(sorted(outcomes.items())))


@contextmanager
def _writer(path: Path) -> Iterator[BinaryIO]:
    """Open the output; a file appears whole or not at all."""
    if str(path) == "-":
        yield sys.stdout.buffer
        return
    if path.exists() and not path.is_file():  # a pipe or a device takes the lines as they come
        with path.open("wb") as out:
            yield out
        return
    part = path.with_name(path.name + ".part")
    with part.open("wb") as out:
        yield out
    part.replace(path)
