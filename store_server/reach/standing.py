"""Where a shopper stood at an instant of the kept week, and what stopped each campaign there (SPEC 5, 6).

The same machine as `aislecue simulate`, on this shopper's own sightings; budgets are as the others had spent them by then.
Of what is kept only this shopper's part is read, however many others there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, or_, select

from campaigns.decision import GHOST, SEND
from campaigns.document import Campaign
from campaigns.explain import Line
from campaigns.simulate import Simulation, Spending
from campaigns.snapshot import Snapshot
from protocol.instants import Instant
from protocol.plan import StorePlan
from store_server.db.tables import DecisionRow
from store_server.past import past_lines
from store_server.reach import week


def standing(
    session: Session, plans: Sequence[StorePlan], campaigns: Sequence[Campaign], shopper: str, at: Instant
) -> tuple[str, list[Line]] | None:
    """Return the store and a line for each campaign; None where nothing kept places the shopper in a store then."""
    snapshot, since = Snapshot.build(plans, campaigns), week.kept_since(session, at)
    alone = week.shopper_alone(session, shopper)
    seen = list(week.sightings(session, since, alone, snapshot, only=shopper))
    heard = week.presence(session, {perceived.identity for _, _, perceived in seen})
    known = week.past_of(past_lines(session, since, shopper), alone)
    spending = Spending(_spent(session, campaigns, shopper, since, at))
    run = Simulation(snapshot, plans, alone, known.by_shopper, spending, heard)
    for _ in run.run(seen, until=at):
        pass  # what was decided is in the shopper's state
    return run.explain(shopper, at)


def _spent(
    session: Session, campaigns: Iterable[Campaign], shopper: str, since: Instant, at: Instant
) -> dict[str, list[Instant]]:
    """Return when budgets were spent: by the others, and by this shopper before what is played again."""
    limited = [one.id for one in campaigns if one.limits.total is not None]
    spent: dict[str, list[Instant]] = defaultdict(list)
    query = select(DecisionRow.campaign, DecisionRow.at).where(
        col(DecisionRow.campaign).in_(limited),
        col(DecisionRow.outcome).in_((SEND, GHOST)),
        DecisionRow.at <= at,
        or_(DecisionRow.shopper != shopper, col(DecisionRow.at) < since),
    )
    for campaign, instant in session.exec(query):
        spent[campaign].append(instant)
    return spent
