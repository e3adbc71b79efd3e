"""A day that was lived, two days ago, with a past: what reach is counted on."""

from pathlib import Path
from random import Random

from campaigns.state import decode_state, encode_state
from campaigns.thinning import LONGEST_GAP_MS
from protocol.instants import DAY, Instant
from store_server.db.session import open_database, writing
from store_server.db.tables import DecisionRow, History, ShopperStateRow
from store_server.privacy.thinning import thin
from tests.store_server.engine.test_record import SHOPPERS, live_day
from tests.store_server.reach.sample import NOW, RUNNING
from tests.store_server.shop import OPENING, furnish, open_shop


async def live(database: Path) -> None:
    """Live a day, grow it old, and give it a past: a message and visits from before what is kept."""
    furnish(database, RUNNING, SHOPPERS)
    async with open_shop(database) as shop:
        await live_day(shop, Random(7))
    engine = open_database(database)
    with writing(engine) as session:
        assert thin(session, NOW, LONGEST_GAP_MS) is not None
        session.add(sent_before(SHOPPERS[0], OPENING - 9 * DAY))
        session.add(History(shopper=SHOPPERS[1], at=OPENING - DAY, kind="visit", store="milan"))
        for shopper in SHOPPERS[:4]:
            row = session.get_one(ShopperStateRow, shopper)
            state = decode_state(row.state)
            state.presence.started["milan"].insert(0, OPENING - 20 * DAY)
            row.state = encode_state(state)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


def sent_before(shopper: str, at: Instant) -> DecisionRow:
    return DecisionRow(
        at=at,
        shopper=shopper,
        campaign="socks",
        revision=1,
        trigger="enter",
        trigger_at=at,
        store="milan",
        visit_no=1,
        visit_at=at,
        outcome="send",
        facts={},
        recorded_at=at,
    )
