"""Shoppers on one time line: what falls due at one instant, and at once (SPEC 4.8, Small print)."""

from tests.campaigns.worlds import campaign, decided, shopper, sighting

EXIT = {"on": "exit", "zone": "shoes"}


def test_what_falls_due_at_one_instant_goes_by_shopper_and_a_last_unit_of_a_budget_to_the_first() -> None:
    found = decided(
        [campaign(trigger=EXIT, channels=["inbox"], limits={"total": 1})],
        [sighting(str(9 - k), 0, who=who) for k, who in enumerate("abc")],
        shoppers=[shopper(who) for who in "cab"],
    )
    assert [(one.shopper, one.reason) for one in found] == [("a", None), ("b", "budget"), ("c", "budget")]


def test_a_grace_of_no_time_ends_the_stay_at_the_instant_of_its_sighting() -> None:
    (found,) = decided(
        [campaign(trigger=EXIT, channels=["inbox"])],
        [sighting("a", 0)],
        policy="exit_grace_s: 0, reentry_s: 0",
    )
    assert found.at == found.visit_at
