"""Where a shopper stood at an instant of the kept week, and what stopped each campaign there (SPEC 5, 6).

The same machine as `aislecue simulate`, on this shopper's own sightings; budgets are as the others had spent them by then.
"""

from collections import defaultdict
from collections.abc import Sequence

from sqlmodel import Session, col, select

from campaigns.decision import GHOST, SEND
from campaigns.document import Campaign
from campaigns.explain import Line
from campaigns.simulate import Simulation, Spending
from campaigns.snapshot import Snapshot
from protocol.instants import Instant
from protocol.plan import StorePlan
from store_server.db.tables import DecisionRow
from store_server.reach import week


def standing(
    session: Session, plans: Sequence[StorePlan], campaigns: Sequence[Campaign], shopper: str, at: Instant
) -> tuple[str, list[Line]] | None:
    """Return the store and a line for each campaign; None where nothing kept places the shopper in a store then."""
    snapshot, since = Snapshot.build(plans, campaigns), week.kept_since(session, at)
    people = week.shoppers_seen(session, since)
    if shopper not in people:
        return None
    alone = {shopper: people[shopper]}
    known = week.past(session, since, alone)
    spending = Spending(_spent_by_others(session, shopper, at))
    run = Simulation(snapshot, plans, alone, known.by_shopper, spending, week.presence(session))
    for _ in run.run(week.sightings(session, since, alone, snapshot), until=at):
        pass  # what was decided is in the shopper's state
    return run.explain(shopper, at)


def _spent_by_others(session: Session, shopper: str, at: Instant) -> dict[str, list[Instant]]:
    spent: dict[str, list[Instant]] = defaultdict(list)
    query = select(DecisionRow.campaign, DecisionRow.at).where(
        DecisionRow.shopper != shopper, col(DecisionRow.outcome).in_((SEND, GHOST)), DecisionRow.at <= at
    )
    for campaign, instant in session.exec(query):
        spent[campaign].append(instant)
    return spent
