"""Stays and visits where uploads come late or a store has gone; the plain road is the reference's (SPEC 4)."""

from campaigns.simulate import PresenceLine
from campaigns.snapshot import Snapshot
from campaigns.state import Presence, Stay
from campaigns.stays import Sights
from campaigns.timers import TimerKind, fire, next_due, timers
from protocol.plan import read_plan
from protocol.sighting import Sighting
from tests.campaigns.worlds import (
    ENTRANCE,
    PLAN,
    SHOES,
    TEN,
    TILL,
    at_s,
    brief,
    campaign,
    decided,
    hearing,
    plan,
    sighting,
)

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


ROUND = [
    campaign("enter", channels=["inbox"]),
    campaign("exit", trigger={"on": "exit", "zone": "shoes"}, channels=["inbox"]),
    campaign("leave", trigger={"on": "leave"}, channels=["inbox"]),
]


def told(*walk: Sighting) -> list[tuple[float, str]]:
    return [one[:2] for one in brief(decided(ROUND, list(walk)))]


def test_an_unknown_band_keeps_a_stay_open_and_opens_none() -> None:
    assert told(sighting("a", 0, band="unknown")) == []
    walk = [sighting("a", 0), sighting("b", 25, band="unknown"), sighting("c", 60, band="unknown")]
    assert told(*walk) == [(0, "enter"), (55, "exit"), (205, "leave")]


def test_a_phone_in_a_pocket_is_gone_when_its_region_exit_says_so() -> None:
    held = sighting("a", 0, kind="enter"), sighting("b", 420, kind="exit")
    assert told(*held) == [(0, "enter"), (420, "exit"), (600, "leave")]
    assert told(held[0]) == [(0, "enter"), (3600, "exit"), (3780, "leave")]


def test_a_region_enter_elsewhere_ends_a_held_stay_and_no_ranged_one() -> None:
    elsewhere = sighting("b", 20, TILL, kind="enter")
    assert told(sighting("a", 0, kind="enter"), elsewhere)[:2] == [(0, "enter"), (20, "exit")]
    assert told(sighting("a", 0), elsewhere)[:2] == [(0, "enter"), (30, "exit")]


def test_a_sighting_that_a_gateway_confirms_late_is_remembered_while_others_follow() -> None:
    """The gateway heard the beacon a second after the first sighting, and had lost it when the phone spoke again."""
    quest = campaign(
        trigger={"on": "dwell", "zone": "shoes", "after_s": 90}, trust="corroborated", channels=["inbox"]
    )
    walk = [sighting("a", 0, kind="enter"), sighting("b", 60)]
    lines = [
        PresenceLine(TEN + 1_000, "gw-shoes", SHOES, True),
        PresenceLine(TEN + 2_000, "gw-shoes", SHOES, False),
    ]
    assert [one.outcome for one in decided([quest], walk, presence=lines)] == ["send"]
    assert [one.reason for one in decided([quest], walk)] == ["not_corroborated"]


def test_of_two_stays_the_one_that_is_due_first_wakes() -> None:
    presence, snapshot = seen(
        sighting("a", 0, TILL, kind="enter"), sighting("b", 3), sighting("c", 9, ENTRANCE)
    )
    assert next_due(presence, snapshot) == TEN + 8_000


def test_of_two_stores_the_one_whose_timer_is_due_first_wakes() -> None:
    rome = read_plan(PLAN.replace("id: milan", "id: rome").replace("major: 1", "major: 2"), "rome.yaml")
    snapshot, presence = Snapshot.build([plan(), rome], CAMPAIGNS), Presence()
    sights = Sights(snapshot, hearing(rome))
    there = SHOES._replace(major=2)
    for one in (sighting("a", 0, kind="exit"), sighting("b", 0), sighting("c", 3, there)):
        place = snapshot.zone_of(one.identity)
        assert place is not None
        sights.sight(presence, place, one, one.at)
    assert list(presence.visits) == ["milan", "rome"]
    assert next_due(presence, snapshot) == TEN + 5_000
    presence.visits = dict(reversed(presence.visits.items()))
    assert next_due(presence, snapshot) == TEN + 5_000
