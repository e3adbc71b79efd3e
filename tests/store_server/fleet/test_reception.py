"""Weak against its own learned level, moved to another zone: told when it lasts, gone when it is gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.instants import HOUR, MINUTE, Instant
from store_server.db.session import reading
from store_server.db.tables import BeaconLevel, BeaconSign
from store_server.documents import Documents
from store_server.fleet.condition import HEARD, MOVED, WEAK, BeaconCondition
from store_server.fleet.health import STEADY_MS, all_healths
from store_server.fleet.levels import Reception
from store_server.fleet.reception import DROP_DB, LEARNED_AFTER, MARGIN_DB, REMEMBERED, Level, learned
from tests.store_server.fleet.floor import AT_HOME, Floor
from tests.store_server.shop import OPENING, SHOES, UUID, read_rows


class Learning(Floor):
    """A floor whose beacons' levels are learned."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.reception = Reception(self.database)

    def live(self, span_ms: Instant, step_ms: Instant = MINUTE) -> None:
        for _ in range(span_ms // step_ms):
            self.step(step_ms)
            self.reception.look(self.now)

    def shoes(self) -> BeaconCondition:
        with reading(self.database) as session:
            healths = all_healths(session, Documents().plans(session), self.now)
        return healths["milan"].beacons["SHOES-1"]


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Learning]:
    floor = Learning(tmp_path / "aislecue.db")
    floor.live(LEARNED_AFTER * HOUR, HOUR)
    assert floor.shoes().condition.state == HEARD
    yield floor
    floor.database.dispose()


def fade(floor: Learning, by_db: float) -> None:
    for key, rssi_dbm in AT_HOME.items():
        if key[1] == SHOES:
            floor.hears[key] = round(rssi_dbm - by_db)


def test_a_beacon_that_lost_strength_everywhere_for_long_is_weak(floor: Learning) -> None:
    fade(floor, DROP_DB + 3)
    floor.live(STEADY_MS)
    assert floor.shoes().condition.state == HEARD
    floor.live(MINUTE)
    shoes = floor.shoes()
    assert (shoes.condition.state, shoes.detail) == (WEAK, "13")
    assert shoes.condition.since == OPENING + LEARNED_AFTER * HOUR + MINUTE
    assert shoes.condition.alive
    assert set(shoes.heard_by) == {"gw-shoes", "gw-entrance"}
    floor.hears = dict(AT_HOME)
    floor.live(MINUTE)
    assert floor.shoes().condition.state == HEARD


def test_what_one_gateway_hears_less_well_is_in_its_way_and_not_weak(floor: Learning) -> None:
    floor.hears["gw-entrance", SHOES] = -95
    floor.live(STEADY_MS + MINUTE)
    assert floor.shoes().condition.state == HEARD


def test_a_level_of_less_than_a_day_accuses_nobody(tmp_path: Path) -> None:
    floor = Learning(tmp_path / "aislecue.db")
    floor.live((LEARNED_AFTER - 2) * HOUR, HOUR)
    fade(floor, DROP_DB + 20)
    floor.live(STEADY_MS + MINUTE)
    assert floor.shoes().condition.state == HEARD
    floor.database.dispose()


def test_a_beacon_heard_best_in_another_zone_has_moved(floor: Learning) -> None:
    floor.hears["gw-entrance", SHOES] = -60 + round(MARGIN_DB)
    floor.live(STEADY_MS + MINUTE)
    shoes = floor.shoes()
    assert (shoes.condition.state, shoes.detail) == (MOVED, "entrance")


def test_a_little_more_at_the_neighbours_is_noise(floor: Learning) -> None:
    floor.hears["gw-entrance", SHOES] = -60 + round(MARGIN_DB) - 1
    floor.live(STEADY_MS + MINUTE)
    assert floor.shoes().condition.state == HEARD


def test_a_crowd_that_comes_and_goes_is_no_sign(floor: Learning) -> None:
    for _ in range(4):
        fade(floor, DROP_DB + 3)
        floor.live(STEADY_MS - MINUTE)
        floor.hears = dict(AT_HOME)
        floor.live(MINUTE)
    assert floor.shoes().condition.state == HEARD
    assert read_rows(floor.path, "SELECT count(*) FROM beacon_sign") == [(0,)]


def test_levels_are_learned_once_an_hour_and_carried_tags_have_none(floor: Learning) -> None:
    floor.hears["gw-shoes", 999] = -50
    floor.live(30 * MINUTE)
    with reading(floor.database) as session:
        assert session.get(BeaconLevel, ("milan", "gw-shoes", UUID, 1, 999)) is None
        level = session.get_one(BeaconLevel, ("milan", "gw-shoes", UUID, 1, SHOES))
        assert (level.dbm, level.readings) == (-60.0, LEARNED_AFTER)
        assert session.get(BeaconSign, ("milan", "SHOES-1")) is None


def test_a_level_follows_what_stays_otherwise() -> None:
    level: Level | None = None
    for hour in range(100):
        level = learned(level, -60, hour * HOUR)
    for hour in range(100, 100 + 2 * REMEMBERED):
        level = learned(level, -80, hour * HOUR)
    assert level is not None
    assert -80 < level.dbm < -75
    assert level.readings == REMEMBERED
