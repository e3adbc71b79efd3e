"""Stays and visits where uploads come late or a store has gone; the plain road is the reference's (SPEC 4)."""

from campaigns.snapshot import Snapshot
from campaigns.state import Presence, Stay
from campaigns.stays import Sights
from campaigns.timers import TimerKind, fire, next_due, timers
from protocol.sighting import Sighting
from tests.campaigns.worlds import TEN, TILL, at_s, campaign, hearing, plan, sighting

CAMPAIGNS = [
    campaign("d", trigger={"on": "dwell", "zone": "shoes", "after_s": 20, "within": "far"}),
    campaign("n", trigger={"on": "dwell", "zone": "shoes", "after_s": 5, "within": "near"}),
]


def seen(*sightings: Sighting) -> tuple[Presence, Snapshot]:
    store = plan()
    snapshot, presence = Snapshot.build([store], CAMPAIGNS), Presence()
    sights = Sights(snapshot, hearing(store))
    for one in sightings:
        place = snapshot.zone_of(one.identity)
        assert place is not None
        sights.sight(presence, place, one, one.at)
    return presence, snapshot


def shoes(presence: Presence) -> Stay:
    return presence.visits["milan"].stays["shoes"]


def test_a_late_sighting_moves_the_instant_of_its_band() -> None:
    presence, _ = seen(sighting("b", 4), sighting("a", 1))
    assert shoes(presence).first_at == [None, TEN + 1000, TEN + 1000]
    assert shoes(presence).last_at == TEN + 4000


def test_a_late_exit_ends_nothing_that_was_seen_after_it() -> None:
    presence, _ = seen(sighting("a", 0), sighting("c", 9), sighting("b", 5, kind="exit"))
    assert shoes(presence).ended_at is None
    assert shoes(presence).exited


def test_a_late_enter_elsewhere_ends_no_stay_seen_after_it() -> None:
    presence, _ = seen(
        sighting("a", 0, kind="enter"), sighting("c", 9, kind="enter"), sighting("b", 5, TILL, kind="enter")
    )
    assert shoes(presence).ended_at is None


def test_the_next_timer_is_the_least_of_all_timers() -> None:
    for walk in (
        [sighting("a", 0, band="far"), sighting("b", 2, band="near")],
        [sighting("a", 0, kind="enter"), sighting("b", 1, TILL)],
        [sighting("a", 0), sighting("b", 5, kind="exit")],
    ):
        presence, snapshot = seen(*walk)
        assert next_due(presence, snapshot) == min(timer.at for timer in timers(presence, snapshot))


def test_a_dwell_campaign_that_is_new_fires_without_those_that_fired_before() -> None:
    presence, before = seen(sighting("a", 0))
    now = TEN + 5_000
    [fired] = fire(presence, before, TimerKind.DWELL, now)
    assert [rule.id for rule in fired.rules] == ["n"]
    new = campaign("o", trigger={"on": "dwell", "zone": "shoes", "after_s": 5, "within": "near"})
    after = Snapshot.build([plan()], [*CAMPAIGNS, new], before=before)
    assert next_due(presence, after) == now
    [fired] = fire(presence, after, TimerKind.DWELL, now)
    assert [rule.id for rule in fired.rules] == ["o"]
    assert fire(presence, after, TimerKind.DWELL, now) == []


def test_after_leaving_only_the_visits_end_is_left() -> None:
    presence, snapshot = seen(sighting("a", 0))
    for kind in TimerKind:
        fire(presence, snapshot, kind, TEN + 200_000)
    assert [(timer.kind, at_s(timer.at)) for timer in timers(presence, snapshot)] == [
        (TimerKind.VISIT_END, 1800)
    ]
    assert next_due(presence, snapshot) == TEN + 1_800_000


def test_a_store_without_a_plan_has_no_timers() -> None:
    presence, _ = seen(sighting("a", 0))
    empty = Snapshot.build([], [])
    assert list(timers(presence, empty)) == []
    assert next_due(presence, empty) is None
    assert fire(presence, empty, TimerKind.STAY_END, TEN + 10**9) == []
