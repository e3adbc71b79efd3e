from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from campaigns.thinning import LONGEST_GAP_MS
from protocol.instants import DAY, HOUR, SECOND, Instant
from store_server.db.migrate import upgrade
from store_server.db.session import open_database
from store_server.db.tables import PresenceChange, Sighting
from store_server.privacy.retention import sweep
from store_server.privacy.thinning import SHOPPERS, WHOLE_MS, thin
from tests.store_server.shop import UUID

NOW = 1_793_000_000_000
LONG_AGO = NOW - 2 * DAY


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    engine: Engine = open_database(tmp_path / "aislecue.db")
    upgrade(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


def walk(shopper: str, start: Instant, seconds: int) -> list[Sighting]:
    return [
        Sighting(
            shopper=shopper,
            id=f"{second:05d}",
            at=start + second * SECOND,
            received_at=start + second * SECOND,
            install="phone-1",
            uuid=UUID,
            major=1,
            minor=11,
            proximity="near",
            kind="ranged",
            rssi=-60,
        )
        for second in range(seconds)
    ]


def seconds_left(session: Session, shopper: str, start: Instant) -> list[int]:
    found = session.exec(select(Sighting.at).where(Sighting.shopper == shopper).order_by(col(Sighting.at)))
    return [(at - start) // SECOND for at in found]


def test_after_a_day_only_what_stays_need_is_left(session: Session) -> None:
    session.add_all(walk("ann", LONG_AGO, 61))
    session.add_all(walk("bob", NOW - HOUR, 61))

    assert thin(session, NOW, LONGEST_GAP_MS) == 57

    assert seconds_left(session, "ann", LONG_AGO) == [0, 20, 40, 60]
    assert len(seconds_left(session, "bob", NOW - HOUR)) == 61, "what is younger stays as it came"
    kept = session.exec(select(Sighting).where(Sighting.shopper == "ann")).all()
    assert {(one.install, one.rssi, one.thinned) for one in kept} == {(None, None, True)}
    assert thin(session, NOW, LONGEST_GAP_MS) is None, "nothing is thinned twice"


def test_a_visit_cut_by_the_days_edge_keeps_both_sides(session: Session) -> None:
    start = NOW - WHOLE_MS - 30 * SECOND
    session.add_all(walk("ann", start, 61))
    assert thin(session, NOW, LONGEST_GAP_MS) == 28
    assert seconds_left(session, "ann", start)[:4] == [0, 20, 30, 31]
    thin(session, NOW + HOUR, LONGEST_GAP_MS)
    assert seconds_left(session, "ann", start) == [0, 20, 30, 31, 51, 60]


def test_many_shoppers_go_in_batches(session: Session) -> None:
    for number in range(SHOPPERS + 3):
        session.add_all(walk(f"shopper-{number:03d}", LONG_AGO, 2))
    assert thin(session, NOW, 0) == 0
    assert thin(session, NOW, 0) == 0
    assert thin(session, NOW, 0) is None


def change(state: str, at: Instant, minor: int = 11) -> PresenceChange:
    return PresenceChange(
        store="milan", gateway="gw-shoes", uuid=UUID, major=1, minor=minor, state=state, at=at, learned_at=at
    )


def test_a_beacon_heard_for_weeks_is_still_known_to_be_present(session: Session) -> None:
    session.add_all(
        [
            change("present", NOW - 30 * DAY),
            change("lost", NOW - 20 * DAY),
            change("present", NOW - 19 * DAY),
            change("present", NOW - 30 * DAY, minor=12),
            change("lost", NOW - 10 * DAY, minor=12),
            change("present", NOW - 9 * DAY, minor=13),
            change("lost", NOW - DAY, minor=13),
        ]
    )
    session.commit()

    assert sweep(session, NOW)["presence_change"] == 4

    left = session.exec(select(PresenceChange).order_by(col(PresenceChange.minor), col(PresenceChange.at)))
    assert [(one.minor, one.state, (NOW - one.at) // DAY) for one in left] == [
        (11, "present", 19),
        (13, "present", 9),
        (13, "lost", 1),
    ]
