"""One shopper's standing is what playing everybody's week says of them, and nobody else's past is read for it (SPEC 5, 6)."""

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, col

from campaigns.explain import Line
from campaigns.simulate import Simulation, Spending
from campaigns.snapshot import Snapshot
from protocol.instants import SECOND, Instant
from store_server.db.session import reading, writing
from store_server.db.tables import ShopperRow, ShopperStateRow
from store_server.privacy.consent import give
from store_server.reach import week as kept
from store_server.reach.standing import standing
from tests.store_server.engine.test_record import SHOPPERS
from tests.store_server.reach.sample import CANDIDATE, NOW, RUNNING
from tests.store_server.reach.test_reach import campaign, plan
from tests.store_server.shop import OPENING

LIVE = [
    campaign(one.replace("{total: 6}", "{per_visit: 1}").replace("status: draft", "status: live"))
    for one in (*RUNNING, CANDIDATE)
]
"""Without budgets: what others spent is looked up, not played again."""
SPENT = campaign(CANDIDATE.replace("max: 1, within_days: 30}", "max: 9}, total: 1"))
"""A draft, so that playing the week again spends nothing of it."""
MOMENTS = tuple(OPENING + minutes * 60 * SECOND for minutes in (1, 4, 7, 11, 30))


def by_everybody(session: Session, shopper: str, at: Instant) -> tuple[str, list[Line]] | None:
    snapshot, since = Snapshot.build([plan()], LIVE), kept.kept_since(session, at)
    people = kept.shoppers_seen(session, since)
    past = kept.past(session, since, people).by_shopper
    run = Simulation(snapshot, [plan()], people, past, Spending({}), kept.presence(session))
    for _ in run.run(kept.sightings(session, since, people, snapshot), until=at):
        pass
    return run.explain(shopper, at)


@pytest.mark.parametrize("at", MOMENTS)
def test_alone_a_shopper_stands_as_among_everybody(week: Engine, at: Instant) -> None:
    with reading(week) as session:
        found = {who: standing(session, [plan()], LIVE, who, at) for who in SHOPPERS}
        assert found == {who: by_everybody(session, who, at) for who in SHOPPERS}
    stops = {line.step for one in found.values() if one is not None for line in one[1]}
    assert len(stops) > 2, "the sample must stop campaigns for several reasons, or it proves little"


def test_the_states_of_others_are_not_opened(week: Engine) -> None:
    who, at = SHOPPERS[0], MOMENTS[2]
    with reading(week) as session:
        before = standing(session, [plan()], LIVE, who, at)
    with writing(week) as session:
        session.exec(
            update(ShopperStateRow).where(col(ShopperStateRow.shopper) != who).values(state=b"unreadable")
        )
    with reading(week) as session:
        assert standing(session, [plan()], LIVE, who, at) == before
        assert before is not None


def test_nobody_stands_anywhere_who_is_unknown_not_seen_or_does_not_agree(week: Engine) -> None:
    with writing(week) as session:
        give(session, session.get_one(ShopperRow, SHOPPERS[1]), {"proximity": False}, NOW)
    with reading(week) as session:
        assert standing(session, [plan()], LIVE, "nobody", MOMENTS[2]) is None
        assert standing(session, [plan()], LIVE, SHOPPERS[1], MOMENTS[2]) is None
        assert standing(session, [plan()], LIVE, SHOPPERS[0], OPENING - SECOND) is None


def test_a_budget_was_spent_by_what_the_shopper_had_before_the_week(week: Engine) -> None:
    """The first had the campaign's only message nine days ago."""
    with reading(week) as session:
        found = standing(session, [plan()], [SPENT], SHOPPERS[0], MOMENTS[2])
    assert found is not None
    [line] = found[1]
    assert (line.step, line.next_step) == ("not_live", "budget")
