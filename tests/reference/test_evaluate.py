"""Stays, visits, windows: the naive evaluator against decisions worked out by hand (SPEC 4 and 5)."""

from tests.reference.by_hand import campaign, ranged, run, seen, sent, shopper


def test_ranged_example_of_the_spec() -> None:
    moments = [
        campaign("dwell", "dwell", zone="shoes", after_s=90, within="near"),
        campaign("exit", "exit", zone="shoes"),
    ]
    sightings = [seen("10:00:00"), *ranged("10:00:04", 97, "near")]
    assert sightings[-1]["at"].endswith("10:01:40Z")
    assert run(moments, sightings) == sent(("10:01:34", "dwell"), ("10:02:10", "exit"))


def test_pocketed_example_of_the_spec() -> None:
    moments = [
        campaign("dwell", "dwell", zone="shoes", after_s=90),
        campaign("exit", "exit", zone="shoes"),
        campaign("leave", "leave"),
    ]
    sightings = [seen("10:00:00", kind="enter"), seen("10:07:00", kind="exit")]
    expected = sent(("10:01:30", "dwell"), ("10:07:00", "exit"), ("10:10:00", "leave"))
    assert run(moments, sightings) == expected


def test_arrive_enter_by_band_and_leave() -> None:
    moments = [
        campaign("a", "arrive"),
        campaign("e-far", "enter", zone="shoes"),
        campaign("e-near", "enter", zone="shoes", within="near"),
        campaign("z", "leave"),
    ]
    sightings = [
        seen("10:00:00"),
        seen("10:00:05", proximity="immediate"),
        seen("10:00:06", proximity="near"),
    ]
    expected = sent(("10:00:00", "a"), ("10:00:05", "e-near"), ("10:03:06", "z"))
    assert run(moments, sightings) == [
        expected[0],
        ("10:00:00", "e-far", "suppressed", "outranked"),
        expected[1],
        expected[2],
    ]


def test_back_within_reentry_is_the_same_stay_and_exactly_at_it_another() -> None:
    moments = [campaign("in", "enter", zone="shoes"), campaign("out", "exit", zone="shoes")]
    same = [seen("10:00:00"), seen("10:02:29")]
    assert run(moments, same) == sent(("10:00:00", "in"), ("10:00:30", "out"))
    other = [seen("10:00:00"), seen("10:02:30")]
    assert run(moments, other) == sent(
        ("10:00:00", "in"), ("10:00:30", "out"), ("10:02:30", "in"), ("10:03:00", "out")
    )


def test_a_sighting_exactly_at_the_grace_comes_after_the_end() -> None:
    moments = [campaign("out", "exit", zone="shoes")]
    assert run(moments, [seen("10:00:00"), seen("10:00:30")]) == sent(("10:00:30", "out"))
    assert run(moments, [seen("10:00:00"), seen("10:00:29")]) == sent(("10:00:59", "out"))


def test_a_dwell_due_while_ended_fires_at_the_sighting_that_reopens() -> None:
    moments = [campaign("near", "dwell", zone="shoes", after_s=40, within="near")]
    sightings = [seen("10:00:00", proximity="near"), seen("10:01:00")]
    assert run(moments, sightings) == sent(("10:01:00", "near"))
    assert run(moments, sightings[:1]) == []
    edge = [campaign("near", "dwell", zone="shoes", after_s=30, within="near")]
    assert run(edge, sightings[:1]) == []


def test_unknown_keeps_a_stay_open_but_opens_none_and_has_no_band() -> None:
    moments = [campaign("out", "exit", zone="shoes"), campaign("in", "enter", zone="shoes", within="far")]
    assert run(moments, [seen("10:00:00", proximity="unknown")]) == []
    kept = [seen("10:00:00"), seen("10:00:20", proximity="unknown")]
    assert run(moments, kept) == sent(("10:00:00", "in"), ("10:00:50", "out"))


def test_enter_elsewhere_ends_a_held_stay_and_a_ranged_sighting_does_not() -> None:
    moments = [campaign("out", "exit", zone="shoes")]
    held = [
        seen("10:00:00", kind="enter"),
        seen("10:05:00", "entrance"),
        seen("10:06:00", "entrance", kind="enter"),
    ]
    assert run(moments, held) == sent(("10:06:00", "out"))
    assert run(moments, held[:1], policy={"max_stay_s": 600}) == sent(("10:10:00", "out"))


def test_a_reopened_held_stay_is_ranged_by_its_own_kind() -> None:
    moments = [campaign("d", "dwell", zone="shoes", after_s=600), campaign("z", "leave")]
    sightings = [seen("10:00:00", kind="enter"), seen("10:01:00", kind="exit"), seen("10:01:10")]
    assert run(moments, sightings) == sent(("10:04:10", "z"))


def test_the_visit_ends_by_its_gap() -> None:
    moments = [campaign("a", "arrive")]
    assert run(moments, [seen("10:00:00"), seen("10:29:59")]) == sent(("10:00:00", "a"))
    assert run(moments, [seen("10:00:00"), seen("10:30:00")]) == sent(("10:00:00", "a"), ("10:30:00", "a"))


def test_ignored_sightings() -> None:
    moments = [campaign("a", "arrive")]
    assert run(moments, [seen("10:00:00")], who=shopper(consent={"push": True})) == []
    assert run(moments, [seen("10:00:00") | {"minor": 99}]) == []
    assert run(moments, [seen("10:00:00") | {"shopper": "bob"}]) == []
    remembered = [seen("10:00:00") | {"minor": 99, "id": "x"}, seen("10:00:01") | {"id": "x"}]
    assert run(moments, remembered) == sent(("10:00:01", "a"))
    doubled = [seen("11:00:00") | {"id": "x"}, seen("10:00:00") | {"id": "x"}]
    assert run(moments, doubled) == sent(("10:00:00", "a"))


def test_arbitration_takes_all_up_to_the_windows_end() -> None:
    moments = [campaign("a", "arrive", priority=10), campaign("s", "enter", zone="shoes", priority=20)]
    policy = {"arbitration_s": 2}
    both = [seen("10:00:00", "entrance"), seen("10:00:02")]
    assert run(moments, both, policy=policy) == [
        ("10:00:02", "a", "suppressed", "outranked"),
        ("10:00:02", "s", "send", None),
    ]
    late = [seen("10:00:00", "entrance"), seen("10:00:02.001")]
    assert run(moments, late, policy=policy) == sent(("10:00:02", "a"), ("10:00:04.001", "s"))


def test_left_before_the_windows_end() -> None:
    moments = [campaign("in", "enter", zone="shoes")]
    sightings = [seen("10:00:00"), seen("10:00:01", kind="exit")]
    policy = {"arbitration_s": 2}
    assert run(moments, sightings, policy=policy) == [("10:00:02", "in", "suppressed", "left")]
    kept = [campaign("in", "enter", zone="shoes", cancel_on_exit=False)]
    assert run(kept, sightings, policy=policy) == sent(("10:00:02", "in"))
    assert run(moments, [*sightings, seen("10:00:02")], policy=policy) == sent(("10:00:02", "in"))


def test_a_failing_winner_still_outranks() -> None:
    moments = [campaign("a", "enter", zone="till"), campaign("b", "enter", zone="till", blocked="inbox")]
    assert run(moments, [seen("10:00:00", "till")]) == [
        ("10:00:00", "a", "suppressed", "do_not_disturb"),
        ("10:00:00", "b", "inbox", "outranked"),
    ]
