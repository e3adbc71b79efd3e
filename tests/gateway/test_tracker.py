"""Presence at one gateway: patience that fits the beacon, and no loss by a radio's own silence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.tracker import LOST_AFTER_MS, MAX_TRACKED, BeaconReport, Tracker
from protocol.identity import BeaconIdentity
from protocol.instants import SECOND

SHOES = BeaconIdentity("8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10", 1, 11)
START = 1_000 * SECOND


@pytest.fixture
def tracker() -> Tracker:
    return Tracker({SHOES.uuid})


def hear(tracker: Tracker, at: int, rssi_dbm: int = -60, identity: BeaconIdentity = SHOES) -> None:
    tracker.heard(at, identity, rssi_dbm, -59)


def test_the_first_frame_is_news_and_later_ones_are_not(tracker: Tracker) -> None:
    hear(tracker, START)
    assert tracker.report(START) == [BeaconReport(SHOES, "present", START, START, -60, -59, 1, True)]
    hear(tracker, START + 500)
    assert [(r.state, r.changed, r.count) for r in tracker.report(START + SECOND)] == [("present", False, 2)]
    assert tracker.report(START + 2 * SECOND) == [], "nothing new was heard"


def test_a_chains_one_uuid_may_have_thousands_of_beacons(tracker: Tracker) -> None:
    chain = [SHOES._replace(major=store, minor=minor) for store in range(40) for minor in range(100)]
    for identity in chain:
        hear(tracker, START, identity=identity)
    assert {report.identity for report in tracker.report(START)} == set(chain)


def test_a_report_carries_the_strongest_since_the_last_one(tracker: Tracker) -> None:
    for rssi_dbm in (-80, -62, -75):
        hear(tracker, START, rssi_dbm)
    assert tracker.report(START)[0].rssi_dbm == -62
    hear(tracker, START + SECOND, -90)
    assert tracker.report(START + SECOND)[0].rssi_dbm == -90


def test_thirty_seconds_of_silence_are_a_loss_told_once(tracker: Tracker) -> None:
    hear(tracker, START)
    tracker.report(START)
    assert tracker.report(START + LOST_AFTER_MS - 1) == []
    assert [(r.state, r.changed) for r in tracker.report(START + LOST_AFTER_MS)] == [("lost", True)]
    assert tracker.report(START + 2 * LOST_AFTER_MS) == []
    assert len(tracker) == 0


def test_one_report_in_ten_seconds_is_no_silence(tracker: Tracker) -> None:
    told = []
    for second in range(0, 600, 10):
        if second % 40:  # every fourth report is missed too
            hear(tracker, START + second * SECOND)
        told += [r.state for r in tracker.report(START + second * SECOND) if r.changed]
    assert told == ["present"]


def test_a_fast_beacon_is_lost_as_soon_as_any(tracker: Tracker) -> None:
    for k in range(600):
        hear(tracker, START + 100 * k)
    last_at = START + 59_900
    tracker.report(last_at)
    assert tracker.report(last_at + LOST_AFTER_MS)[0].state == "lost"


def test_a_span_in_which_nobody_was_heard_is_excused(tracker: Tracker) -> None:
    hear(tracker, START)
    tracker.report(START)
    tracker.excuse(60 * SECOND)
    assert tracker.report(START + 65 * SECOND) == []
    assert tracker.report(START + 60 * SECOND + LOST_AFTER_MS)[0].state == "lost"


def test_a_late_frame_counts_but_does_not_bring_back_the_past(tracker: Tracker) -> None:
    hear(tracker, START + 90 * SECOND, -80)
    hear(tracker, START, -40)
    report = tracker.report(START + 90 * SECOND)[0]
    assert (report.rssi_dbm, report.last_at, report.count) == (-80, START + 90 * SECOND, 2)


def test_a_beacon_known_only_from_long_ago_is_never_present(tracker: Tracker) -> None:
    hear(tracker, START)
    assert tracker.report(START + 90 * SECOND) == []
    assert len(tracker) == 0


def test_foreign_and_too_many_are_not_kept(tracker: Tracker) -> None:
    hear(tracker, START, identity=SHOES._replace(uuid="00000000-0000-4000-8000-000000000001"))
    assert len(tracker) == 0
    for minor in range(MAX_TRACKED + 7):
        hear(tracker, START, identity=SHOES._replace(minor=minor))
    assert (len(tracker), tracker.overflow) == (MAX_TRACKED, 7)


@given(st.lists(st.tuples(st.integers(0, 90 * SECOND), st.sampled_from([1, 2, 3]), st.integers(-100, -30))))
def test_present_and_lost_alternate_for_every_beacon(steps: list[tuple[int, int, int]]) -> None:
    tracker, now = Tracker({SHOES.uuid}), START
    state: dict[BeaconIdentity, str] = {}
    for wait_ms, minor, rssi_dbm in steps:
        now += wait_ms
        hear(tracker, now, rssi_dbm, SHOES._replace(minor=minor))
        for report in tracker.report(now):
            assert report.changed == (state.get(report.identity, "lost") != report.state)
            assert report.first_at <= report.last_at <= now
            state[report.identity] = report.state
