"""Recorded sightings run offline: many shoppers' timers at one instant, spans of nothing (SPEC 4.8)."""

from tests.campaigns.worlds import brief, campaign, decided, shopper, sighting


def test_at_one_instant_shoppers_come_by_their_ids() -> None:
    one = campaign(
        trigger={"on": "dwell", "zone": "shoes", "after_s": 9}, channels=["inbox"], limits={"total": 2}
    )
    people = [shopper(who) for who in ("b", "a", "c")]
    walk = [sighting(f"{k}", 0, who=who) for k, who in enumerate(("c", "b", "a"))]
    found = [(line.shopper, line.outcome) for line in decided([one], walk, shoppers=people)]
    assert found == [("a", "send"), ("b", "send"), ("c", "suppressed")]


def test_a_span_of_nothing_is_over_at_once() -> None:
    campaigns = [
        campaign("enter", channels=["inbox"]),
        campaign("exit", trigger={"on": "exit", "zone": "shoes"}, channels=["inbox"]),
        campaign("leave", trigger={"on": "leave"}, channels=["inbox"]),
    ]
    policy = "exit_grace_s: 0, leave_after_s: 0, reentry_s: 0, visit_gap_s: 5, arbitration_s: 0"
    assert [line[:2] for line in brief(decided(campaigns, [sighting("a", 3)], policy=policy))] == [
        (3, "enter"),
        (3, "exit"),
        (3, "leave"),
    ]
