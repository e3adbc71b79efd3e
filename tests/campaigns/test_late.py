"""Uploads later than the lag: sightings of an earlier stay move nothing of the next one (SPEC 4.8)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.decide import Decider
from campaigns.decision import Decision
from campaigns.simulate import Spending
from campaigns.snapshot import Snapshot
from campaigns.state import Visit
from protocol.identity import BeaconIdentity
from protocol.sighting import Sighting
from tests.campaigns.test_decide import Live
from tests.campaigns.worlds import ENTRANCE, SHOES, TILL, at_s, brief, campaign, decided, hearing, sighting

DWELL = campaign("d", trigger={"on": "dwell", "zone": "shoes", "after_s": 90}, channels=["inbox"])
ENTER = campaign("e", channels=["inbox"], deadline_s=900)
NEAR = campaign(
    "n", trigger={"on": "enter", "zone": "shoes", "within": "near"}, channels=["inbox"], deadline_s=900
)
EXIT = campaign("x", trigger={"on": "exit", "zone": "shoes"}, channels=["inbox"], deadline_s=900)
ARRIVE = campaign("a", trigger={"on": "arrive"}, channels=["inbox"], deadline_s=900)
SHORT = "exit_grace_s: 10, reentry_s: 20, leave_after_s: 30"


def ranged(first: int, last: int, band: str = "near", name: str = "r") -> list[Sighting]:
    """One sighting a second."""
    return [sighting(f"{name}{at:04}", at, band=band) for at in range(first, last)]


def in_time(live: Live, *seen: Sighting) -> Live:
    for one in seen:
        live.run_out(at_s(one.at) - 0.001)
        live.upload(at_s(one.at), one)
    return live


def late(live: Live, now_s: float, *seen: Sighting) -> Live:
    live.run_out(now_s)
    live.upload(now_s)
    live.upload(now_s, *seen)
    return live


def told(live: Live) -> list[tuple[float, str]]:
    return [(at_s(one.trigger_at), one.campaign) for one in live.decisions]


def stays(live: Live) -> list[tuple[str, float, list[float | None], float, float | None]]:
    """What is settled of each stay that is remembered, but its number and what has fired."""
    visits = live.state.presence.visits.values()
    return sorted(
        (
            one.zone,
            at_s(one.opened_at),
            [None if at is None else at_s(at) for at in one.first_at],
            at_s(one.last_at),
            None if one.ended_at is None else at_s(one.ended_at),
        )
        for visit in visits
        for one in (*visit.past, *visit.stays.values())
    )


def visit_of(live: Live) -> Visit:
    return live.state.presence.visits["milan"]


def test_the_end_of_an_earlier_stay_moves_no_dwell_of_the_next_one() -> None:
    for next_s, upload_s, due_s in ((171, 185, 261), (200, 216, 290)):
        first, second = ranged(0, 21), ranged(next_s, next_s + 100)
        live = in_time(Live([DWELL]), *first[:5], *(one for one in second if at_s(one.at) <= upload_s))
        late(live, upload_s, *first[5:])
        in_time(live, *(one for one in second if at_s(one.at) > upload_s)).run_out()
        assert (
            brief(live.decisions) == brief(decided([DWELL], first + second)) == [(due_s, "d", "send", None)]
        )


def test_late_sightings_that_bridge_make_one_stay_of_two() -> None:
    live = in_time(Live([DWELL, ENTER, EXIT]), *ranged(0, 5), *ranged(200, 215))
    assert told(live) == [(0, "e"), (34, "x"), (200, "e")]
    late(live, 215, sighting("l", 60))
    assert told(live)[3:] == [(200, "d")]  # due while away, it fires at the return
    assert [one[1] for one in stays(live)] == [0]
    assert told(late(live, 300))[4:] == []  # one exit a stay, and it has been


def test_a_late_stay_of_its_own_fires_its_own_triggers_and_moves_nothing() -> None:
    seen = [*ranged(200, 215), sighting("l", 10)]
    live = late(in_time(Live([ENTER, EXIT]), *seen[:-1]), 215, seen[-1])
    assert told(live) == [(200, "e"), (10, "e"), (40, "x")]
    assert stays(live)[1][1:3] == (200, [None, 200, 200])
    late(live, 216, sighting("m", 20))
    assert stays(live)[0][1:] == (10, [None, 10, 10], 20, 50)
    assert {one.no for one in (*visit_of(live).past, *visit_of(live).stays.values())} == {0, 1}


def test_two_late_uploads_bridge_together_though_neither_does_alone() -> None:
    bridge = [sighting("l", 10), sighting("m", 120)]
    for order in (bridge, bridge[::-1]):
        live = in_time(Live([DWELL]), *ranged(260, 275))
        late(live, 275, order[0])
        late(live, 276, order[1])
        late(live, 276, sighting("p", 240))
        assert [one[1] for one in stays(live)] == [10]


def test_one_late_batch_has_its_own_silences() -> None:
    seen = [*ranged(500, 502), sighting("l", 10), sighting("m", 12), sighting("n", 200), sighting("o", 340)]
    live = late(in_time(Live([ENTER, EXIT]), *seen[:2]), 515, *seen[2:])
    late(live, 560)
    assert sorted(told(live)) == sorted((at_s(one.at), one.campaign) for one in decided([ENTER, EXIT], seen))
    assert [one[1] for one in stays(live)] == [10, 200, 500]


def test_a_late_batch_before_anything_was_known_has_its_silences_too() -> None:
    live = late(Live([ARRIVE, ENTER, EXIT]), 575, sighting("l", 10), sighting("m", 200))
    assert told(live) == [(10, "a"), (10, "e"), (40, "x"), (200, "e"), (230, "x")]
    assert [one[1] for one in stays(live)] == [10, 200]


def test_a_late_enter_of_an_earlier_stay_is_not_taken_for_the_one_just_fired() -> None:
    live = in_time(Live([ENTER]), sighting("t", 0, TILL), sighting("b", 400))
    late(live, 401, sighting("l", 30))
    assert told(live) == [(400, "e"), (30, "e")]


def test_a_late_enter_that_reaches_the_one_just_fired_is_that_one() -> None:
    live = in_time(Live([ENTER, ARRIVE]), sighting("t", 0, TILL), sighting("b", 200))
    late(live, 201, *(sighting(f"l{at}", at) for at in (60, 160)))
    assert told(live) == [(0, "a"), (200, "e")]


def test_a_closer_band_of_the_earlier_part_of_a_stay_is_entered() -> None:
    live = in_time(Live([ENTER, NEAR]), *ranged(100, 115, "far"))
    late(live, 115, sighting("l", 80))
    assert told(live) == [(100, "e"), (80, "n")]
    assert stays(live)[0][1:3] == (80, [None, 80, 80])


def test_a_message_that_waits_follows_its_stay_into_the_next_one() -> None:
    slow = Live(
        [campaign(deadline_s=900), campaign("t", trigger={"on": "enter", "zone": "till"}, deadline_s=900)],
        "arbitration_s: 300",
    )
    live = in_time(slow, *ranged(0, 2), *ranged(200, 215))
    late(live, 216, sighting("l", 60), sighting("t", 65, TILL))
    window = live.state.window
    assert window is not None
    assert [(one.zone, one.stay_no) for one in window.candidates] == [("shoes", 2), ("shoes", 2), ("till", 1)]
    assert [one.no for one in visit_of(live).stays.values() if one.zone == "shoes"] == [2]


def test_a_late_sighting_within_a_stay_that_has_ended_does_not_reopen_it() -> None:
    held = [sighting("a", 0, kind="enter"), sighting("b", 60, kind="exit")]
    live = late(in_time(Live([DWELL]), *held), 100, sighting("l", 30))
    assert stays(live)[0][3:] == (30, 60)
    assert told(late(live, 200)) == []


def test_a_late_sighting_after_the_last_one_moves_the_silence() -> None:
    live = late(in_time(Live([EXIT]), *ranged(0, 11)), 100, sighting("l", 25))
    assert stays(live)[0][3:] == (25, 55)
    assert told(live) == [(40, "x")]


def test_a_late_exit_moves_the_end_of_its_own_stay_only() -> None:
    live = in_time(Live([DWELL, EXIT]), *ranged(0, 3), *ranged(200, 215))
    late(live, 215, sighting("x", 20, kind="exit"), sighting("y", 1, kind="exit"))
    assert [one[3:] for one in stays(live)] == [(2, 20), (205, None)]
    assert told(live) == [(32, "x")]
    assert visit_of(live).stays["shoes"].exited is False


def test_a_late_exit_or_an_unknown_band_before_every_stay_is_nothing() -> None:
    nothing = sighting("x", 20, kind="exit"), sighting("y", 30, band="unknown")
    for entrance in ([], [sighting("f", 0, ENTRANCE)]):
        live = in_time(Live([DWELL, EXIT, ENTER]), *entrance, *ranged(200, 215))
        late(live, 215, *nothing)
        assert [one[1] for one in stays(live) if one[0] == "shoes"] == [200]
        assert told(live) == [(200, "e")]
    assert told(late(Live([EXIT]), 215, *nothing)) == []


def test_a_late_pocketed_stay_ends_where_the_next_zone_was_entered() -> None:
    seen = [
        sighting("t", 60, TILL, kind="enter"),
        sighting("b", 300, kind="enter"),
        sighting("l", 10, kind="enter"),
    ]
    live = late(in_time(Live([DWELL]), *seen[:2]), 315, seen[2])
    assert [one[1:2] + one[3:] for one in stays(live)] == [(10, 10, 60), (300, 300, None), (60, 60, 300)]
    assert told(late(live, 400)) == [(390, "d")]
    alone = late(in_time(Live([DWELL]), seen[0]), 200, seen[2])
    assert told(late(alone, 400)) == []
    assert stays(alone)[0][3:] == (10, 60)
    late(alone, 400, sighting("m", 110, kind="enter"))
    assert [one[1:2] + one[3:] for one in stays(alone)] == [(10, 110, None), (60, 60, 110)]


def test_a_late_region_enter_ends_a_pocketed_stay_elsewhere_sooner() -> None:
    walk = [sighting("t", 3, TILL, kind="enter"), sighting("b", 136, kind="enter")]
    live = late(in_time(Live([DWELL]), *walk), 160, sighting("l", 57, kind="enter"))
    assert [one[1:2] + one[3:] for one in stays(live)] == [(57, 136, None), (3, 3, 57)]


def test_a_late_pocketed_stay_with_its_exit_is_one_of_its_own() -> None:
    batch = [sighting("l", 10, kind="enter"), sighting("m", 40, kind="exit")]
    live = late(in_time(Live([DWELL]), *ranged(200, 215)), 215, *batch)
    assert [one[1] for one in stays(live)] == [10, 200]


def test_a_late_region_enter_holds_the_stay_up_to_the_present() -> None:
    live = late(in_time(Live([DWELL]), *ranged(200, 215)), 215, sighting("l", 150, kind="enter"))
    assert visit_of(live).stays["shoes"].held
    assert told(late(live, 260)) == [(240, "d")]
    ended = in_time(Live([DWELL]), *ranged(200, 202), *ranged(400, 402))
    late(ended, 415, sighting("l", 150, kind="enter"))
    assert [one[1:2] + one[3:] for one in stays(ended)] == [(150, 401, None)]


def test_a_visit_begins_at_a_late_sighting_but_not_at_one_of_an_earlier_visit() -> None:
    live = in_time(Live([ARRIVE, ENTER], "visit_gap_s: 200"), *ranged(500, 515))
    late(live, 515, sighting("l", 320), sighting("m", 10), sighting("x", 315, kind="exit"))
    assert at_s(visit_of(live).started_at) == 320
    assert live.state.presence.started == {"milan": [visit_of(live).started_at]}
    assert told(live) == [(500, "a"), (500, "e"), (320, "e")]


def test_a_plan_that_lost_the_beacon_passes_a_late_sighting_over() -> None:
    live = in_time(Live([ENTER]), *ranged(200, 215))
    live.decider = Decider(Snapshot.build([], []), Spending({}), hearing(live.plan))
    late(live, 215, sighting("l", 10))
    assert told(live) == [(200, "e")]


def test_what_no_late_upload_can_belong_to_is_forgotten() -> None:
    live = in_time(Live([DWELL]), *ranged(0, 2), *ranged(300, 302))
    assert [one[1] for one in stays(late(live, 740))] == [0, 300]
    live.upload(751)
    assert [one[1] for one in stays(live)] == [300]


_arrivals = st.lists(
    st.tuples(
        st.integers(0, 150),
        st.sampled_from([SHOES, SHOES, ENTRANCE]),
        st.sampled_from(["immediate", "near", "far"]),
        st.sampled_from([0, 0, 9, 40, 90, 300]),
    ),
    min_size=1,
    max_size=16,
)
WATCHED = [
    campaign("d", trigger={"on": "dwell", "zone": "shoes", "after_s": 12}, channels=["inbox"], deadline_s=9),
    campaign(
        "f",
        trigger={"on": "dwell", "zone": "shoes", "after_s": 40, "within": "near"},
        channels=["inbox"],
        deadline_s=900,
    ),
    ENTER,
]


def stay_of(live: Live, one: Decision) -> tuple[str, float]:
    """Return a decision's campaign, and when the stay of its trigger opened, as a walk in order knows it."""
    opened = [row[1] for row in stays(live) if row[0] == one.zone and row[1] <= at_s(one.trigger_at)]
    return one.campaign, max(opened)


@settings(max_examples=150, deadline=None)
@given(_arrivals)
def test_sightings_in_any_order_of_arrival_give_what_the_ordered_ones_give(
    rows: list[tuple[int, BeaconIdentity, str, int]],
) -> None:
    """The same stays, each with its `enter`, and from then on the same triggers but for dwells that had fired."""
    seen = [
        (at + wait, sighting(f"{k:03}", at, beacon, band)) for k, (at, beacon, band, wait) in enumerate(rows)
    ]
    live, ordered = Live(WATCHED, SHORT), Live(WATCHED, SHORT)
    for arrives_s, one in sorted(seen, key=lambda pair: (pair[0], pair[1].id)):
        late(live, arrives_s, one)
    in_time(ordered, *sorted((one for _, one in seen), key=lambda one: (one.at, one.id)))
    known_s = max(arrives_s for arrives_s, _ in seen)
    late(live, known_s + 10)
    late(ordered, known_s + 10)
    assert stays(live) == stays(ordered)
    assert visit_of(live).started_at == visit_of(ordered).started_at
    fired = {stay_of(ordered, one) for one in live.decisions}
    due = {stay_of(ordered, one) for one in ordered.decisions}
    assert fired == due
    assert {one for one in told(live) if one[0] > known_s} <= set(told(ordered))
