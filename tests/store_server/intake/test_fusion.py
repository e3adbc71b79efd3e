"""The zone of a tag over all gateways: margins, silence that freezes, lateness, many gateways on an open floor."""

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.identity import BeaconIdentity
from protocol.instants import SECOND, Instant
from protocol.plan import GatewayPlace
from store_server.intake.fusion import (
    EXIT_AFTER_MS,
    LATE_MS,
    MARGIN_DB,
    SILENT_AFTER_MS,
    Fusion,
    GatewayChange,
    Hearing,
    ZoneChange,
)

TAG = BeaconIdentity("3f0e6c1e-6a55-4a0e-8f0e-2b6f6f7d9a01", 1, 7)
START = 1_000_000 * SECOND
ROOMS = [GatewayPlace("gw-shoes", "shoes"), GatewayPlace("gw-bags", "bags")]


class Store:
    """A store whose gateways report once a second."""

    def __init__(self, places: Iterable[GatewayPlace] = ROOMS) -> None:
        self.fusion = Fusion(places, [TAG.uuid])
        self.now: Instant = START
        self.changes: list[ZoneChange | GatewayChange] = []

    def run(self, seconds: int, rssi_dbm: Mapping[str, int], *, alive: Iterable[str] = ()) -> None:
        """Let gateways hear the tag this loud for so long; `alive` ones report without hearing it."""
        for _ in range(seconds):
            self.now += SECOND
            for gateway, dbm in rssi_dbm.items():
                self.fusion.report(gateway, self.now, [Hearing(TAG, True, self.now, dbm)])
            for gateway in alive:
                self.fusion.report(gateway, self.now, [])
            self.changes += self.fusion.settle(self.now)

    def lose(self, *gateways: str) -> None:
        for gateway in gateways:
            self.fusion.report(gateway, self.now, [Hearing(TAG, False, self.now, -60)])

    @property
    def zones(self) -> list[tuple[str, str]]:
        return [(c.change, c.zone) for c in self.changes if isinstance(c, ZoneChange)]

    @property
    def gateways(self) -> list[tuple[str, str]]:
        return [(c.state, c.gateway) for c in self.changes if isinstance(c, GatewayChange)]


@pytest.fixture
def store() -> Store:
    return Store()


def test_a_tag_is_in_the_zone_that_hears_it_best(store: Store) -> None:
    store.run(5, {"gw-shoes": -60, "gw-bags": -80})
    assert store.changes == [ZoneChange(START + SECOND, TAG, "enter", "shoes")]
    assert store.fusion.zone_of(TAG) == "shoes"


def test_a_little_stronger_is_not_enough(store: Store) -> None:
    store.run(5, {"gw-shoes": -70, "gw-bags": -80})
    store.run(600, {"gw-shoes": -70, "gw-bags": -70 + int(MARGIN_DB) - 1})
    assert store.zones == [("enter", "shoes")]


def test_a_carried_tag_leaves_one_zone_as_it_enters_the_other(store: Store) -> None:
    store.run(10, {"gw-shoes": -60, "gw-bags": -80})
    store.run(10, {"gw-shoes": -80, "gw-bags": -60})
    assert store.zones == [("enter", "shoes"), ("exit", "shoes"), ("enter", "bags")]
    assert store.changes[1].at == store.changes[2].at < START + 16 * SECOND


def test_a_new_tag_goes_to_the_loudest_not_to_the_first_that_reported(store: Store) -> None:
    store.run(1, {"gw-bags": -64})
    store.run(60, {"gw-shoes": -62, "gw-bags": -64})
    assert store.fusion.zone_of(TAG) == "shoes"


def test_fluctuation_does_not_flap(store: Store) -> None:
    store.run(6, {"gw-shoes": -60, "gw-bags": -80})
    for k in range(200):
        store.run(1, {"gw-shoes": -70 + (7 * k) % 9, "gw-bags": -73 + (5 * k) % 9})
    assert len(store.zones) == 1


def test_a_silent_gateway_freezes_its_zone(store: Store) -> None:
    store.run(10, {"gw-shoes": -70, "gw-bags": -74})
    store.run(1_200, {"gw-bags": -74})
    assert store.zones == [("enter", "shoes")]
    assert store.gateways == [("silent", "gw-shoes")]
    store.run(3, {"gw-bags": -74}, alive=["gw-shoes"])
    store.run(10, {"gw-shoes": -70, "gw-bags": -74})
    assert store.zones == [("enter", "shoes")]
    assert store.gateways == [("silent", "gw-shoes"), ("back", "gw-shoes")]


def test_every_gateway_silent_is_nobody_gone(store: Store) -> None:
    store.run(10, {"gw-shoes": -60})
    store.lose("gw-shoes")
    store.run(2_000, {})
    assert store.zones == [("enter", "shoes")]


def test_a_frozen_tag_that_is_clearly_elsewhere_has_moved(store: Store) -> None:
    store.run(10, {"gw-shoes": -80, "gw-bags": -90})
    store.run(60, {"gw-bags": -90})
    store.run(10, {"gw-bags": -55})
    assert store.zones[-1] == ("enter", "bags")


def test_silence_begins_thirty_seconds_after_the_last_report(store: Store) -> None:
    store.run(1, {"gw-shoes": -60})
    assert list(store.fusion.settle(store.now + SILENT_AFTER_MS - 1)) == []
    assert list(store.fusion.settle(store.now + SILENT_AFTER_MS)) == [
        GatewayChange(store.now + SILENT_AFTER_MS, "gw-shoes", "silent")
    ]


def test_a_tag_nobody_hears_stays_for_minutes_and_then_leaves(store: Store) -> None:
    store.run(10, {"gw-shoes": -60})
    store.lose("gw-shoes")
    store.run(EXIT_AFTER_MS // SECOND - 1, {}, alive=["gw-shoes"])
    assert store.zones == [("enter", "shoes")]
    store.run(1, {}, alive=["gw-shoes"])
    assert store.zones == [("enter", "shoes"), ("exit", "shoes")]
    assert store.fusion.zone_of(TAG) is None


def test_late_reports_do_not_turn_back_the_clock(store: Store) -> None:
    store.run(10, {"gw-shoes": -60, "gw-bags": -80})
    store.run(60, {"gw-shoes": -85, "gw-bags": -60})
    then = store.now - 60 * SECOND
    store.fusion.report("gw-shoes", then, [Hearing(TAG, True, then, -40)], store.now)
    store.fusion.report("gw-bags", then, [Hearing(TAG, False, then, -80)], store.now)
    store.run(10, {"gw-shoes": -85, "gw-bags": -60})
    assert store.zones[-1] == ("enter", "bags")


def test_a_backlog_is_a_sign_of_life_and_no_zone(store: Store) -> None:
    then = START - LATE_MS - SECOND
    store.fusion.report("gw-shoes", then, [Hearing(TAG, True, then, -40)], START)
    assert list(store.fusion.settle(START)) == []
    assert store.fusion.zone_of(TAG) is None


def test_a_tag_heard_once_in_ten_seconds_belongs_to_the_loudest_not_the_latest(store: Store) -> None:
    store.run(1, {"gw-shoes": -60, "gw-bags": -64})
    for _ in range(30):
        store.run(4, {}, alive=["gw-shoes", "gw-bags"])
        store.run(1, {"gw-bags": -66}, alive=["gw-shoes"])
        store.run(4, {}, alive=["gw-shoes", "gw-bags"])
        store.run(1, {"gw-shoes": -60}, alive=["gw-bags"])
    assert store.zones == [("enter", "shoes")]


def test_fixed_beacons_and_unplanned_gateways_have_no_say(store: Store) -> None:
    beacon = TAG._replace(uuid="8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10")
    store.fusion.report("gw-shoes", START, [Hearing(beacon, True, START, -40)])
    store.fusion.report("gw-elsewhere", START, [Hearing(TAG, True, START, -40)])
    assert list(store.fusion.settle(START)) == []


def test_on_an_open_floor_many_gateways_give_the_place() -> None:
    """The loudest single gateway is wrong here, as on a real floor; its neighbours outvote it."""
    hall = Store(
        [GatewayPlace(f"g{x}{y}", f"z{x}{y}", (5.0 * x, 5.0 * y, 3.0)) for x in range(3) for y in range(3)]
    )
    loud = {f"g{x}{y}": -60 - 6 * (abs(x - 1) + abs(y - 1)) for x in range(3) for y in range(3)}
    hall.run(10, loud | {"g22": -59})
    assert hall.zones == [("enter", "z11")]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 40 * SECOND),
            st.sampled_from(["gw-shoes", "gw-bags", "gw-elsewhere"]),
            st.integers(0, 200 * SECOND),
            st.booleans(),
            st.integers(-100, -30),
        ),
        max_size=60,
    )
)
def test_whatever_arrives_zones_are_entered_and_left_in_turn(
    steps: list[tuple[int, str, int, bool, int]],
) -> None:
    store, inside = Store(), ""
    for wait_ms, gateway, late_ms, present, dbm in steps:
        store.now += wait_ms
        at = store.now - late_ms
        store.fusion.report(gateway, at, [Hearing(TAG, present, at, dbm)], store.now)
        store.changes += store.fusion.settle(store.now)
    for change, zone in store.zones:
        assert inside == ("" if change == "enter" else zone)
        inside = zone if change == "enter" else ""
    assert (store.fusion.zone_of(TAG) or "") == inside
