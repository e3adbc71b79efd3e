"""From triggers to decisions: who takes part, in which order, and what becomes of the rest (SPEC 5)."""

from typing import Any

from campaigns.decision import Decision
from campaigns.document import Campaign
from tests.campaigns.worlds import CONSENT, ENTRANCE, SHOES, TILL, brief, campaign, decided, shopper, sighting

ARRIVE, ENTER = {"on": "arrive"}, {"on": "enter", "zone": "shoes"}
NOBODY = {"field": "tier", "op": "eq", "value": "nobody"}
LEAVE_NOTHING_OPEN = "exit_grace_s: 1, reentry_s: 1, leave_after_s: 2, visit_gap_s: 2"


def outcomes(decisions: list[Decision]) -> list[tuple[str, str | None]]:
    return [(one.outcome, one.reason) for one in decisions]


def test_triggers_of_one_sighting_are_judged_by_campaign_and_later_ones_see_what_earlier_ones_wrote() -> None:
    campaigns = [
        campaign("a", trigger={"on": "enter", "zone": "shoes"}, channels=["inbox"]),
        campaign("b", trigger={"on": "arrive"}, channels=["inbox"], audience={"received": {"campaign": "a"}}),
        campaign(
            "c",
            trigger={"on": "enter", "zone": "shoes"},
            channels=["inbox"],
            audience={"received": {"campaign": "b"}},
        ),
        campaign("d", trigger={"on": "arrive"}, channels=["inbox"], audience={"received": {"campaign": "e"}}),
        campaign("e", trigger={"on": "enter", "zone": "shoes"}, channels=["inbox"]),
    ]
    found = brief(decided(campaigns, [sighting("1", 0)]))
    assert found == [
        (0, "a", "send", None),
        (0, "b", "send", None),
        (0, "c", "send", None),
        (0, "d", "suppressed", "audience"),
        (0, "e", "send", None),
    ]


def test_the_best_of_a_window_wins_and_the_others_go_to_the_inbox_while_it_has_room() -> None:
    campaigns = [
        campaign("a", priority=10, blocked="inbox"),
        campaign("b", priority=90, variants=[{"id": "v", "weight": 1}]),
        campaign("c", priority=50, blocked="inbox"),
        campaign("d", priority=70, blocked="drop"),
    ]
    decisions = decided(campaigns, [sighting("1", 0)], policy="max_inbox_per_visit: 1")
    assert brief(decisions) == [
        (2, "a", "suppressed", "outranked"),
        (2, "b", "send", None),
        (2, "c", "inbox", "outranked"),
        (2, "d", "suppressed", "outranked"),
    ]
    assert [(one.variant, one.channel) for one in decisions if one.channel] == [
        ("v", "push"),
        (None, "inbox"),
    ]


def test_a_stay_that_ended_and_began_anew_is_another_one() -> None:
    """The candidate of the first stay has left; that of the second has not."""
    walk = [sighting("1", 0), sighting("2", 10), *(sighting(f"3{at}", at / 2) for at in range(22, 64))]
    decisions = decided(
        [campaign(limits={"per_visit": 5})],
        walk,
        policy="arbitration_s: 30, exit_grace_s: 1, reentry_s: 1, leave_after_s: 60",
    )
    assert brief(decisions) == [(30, "c", "suppressed", "left"), (30, "c", "send", None)]
    assert brief(
        decided([campaign()], [sighting("1", 0)], policy=f"arbitration_s: 9, {LEAVE_NOTHING_OPEN}")
    ) == [(9, "c", "suppressed", "left")]


def test_the_candidate_of_a_visit_that_is_over_is_decided_all_the_same() -> None:
    staying = campaign(trigger={"on": "arrive"})
    policy = f"arbitration_s: 9, {LEAVE_NOTHING_OPEN}"
    again = [sighting("1", 0), sighting("2", 5)]
    assert brief(decided([staying], again, policy=policy)) == [
        (9, "c", "send", None),
        (9, "c", "inbox", "outranked"),
    ]


def test_quiet_hours_are_the_stores_or_the_shoppers_by_the_stores_clock() -> None:
    late = shopper(quiet_hours=None)
    assert outcomes(decided([campaign()], [sighting("1", 0)], shoppers=[late])) == [("send", None)]
    # Ten o'clock UTC is eleven in Milan in November; the window ends two seconds later.
    for hours, outcome in (("11:00-12:00", "inbox"), ("22:00-11:01", "inbox"), ("10:00-11:00", "send")):
        policy = f'quiet_hours: "{hours}"'
        assert [one.outcome for one in decided([campaign()], [sighting("1", 0)], policy=policy)] == [outcome]


def test_an_open_stay_in_a_quiet_zone_forbids_to_interrupt() -> None:
    at_till = [sighting("0", 0, TILL), sighting("1", 1, SHOES)]
    assert outcomes(decided([campaign()], at_till)) == [("inbox", "do_not_disturb")]
    assert outcomes(decided([campaign()], [sighting("0", 0, ENTRANCE), sighting("1", 1)])) == [("send", None)]


def test_who_is_held_out_of_everything_is_so_before_the_campaigns_own_holdout_and_gets_no_copy() -> None:
    one, other = campaign("a", holdout_pct=100), campaign("b", priority=10)
    decisions = decided([one, other], [sighting("1", 0)], policy="global_holdout_pct: 100")
    assert outcomes(decisions) == [("ghost", "global_holdout"), ("suppressed", "outranked")]
    assert outcomes(decided([one], [sighting("1", 0)])) == [("ghost", "holdout")]


def test_the_first_channel_that_may_carry_it_is_taken_and_none_ends_in_the_inbox() -> None:
    asked = campaign(channels=["email", "sms", "push"])
    mailed = shopper(channels=("email", "sms"), consent=CONSENT | {"email": True})
    assert [one.channel for one in decided([asked], [sighting("1", 0)], shoppers=[mailed])] == ["email"]
    unasked = shopper(channels=("sms",))
    [kept] = decided([asked], [sighting("1", 0)], shoppers=[unasked])
    assert (kept.outcome, kept.reason, kept.channel) == ("inbox", "no_channel", "inbox")


def quiet(id_: str, trigger: dict[str, Any], **more: Any) -> Campaign:
    return campaign(id_, trigger=trigger, channels=["inbox"], **more)


def test_a_campaign_sees_what_one_before_it_sent_whatever_fired_between() -> None:
    first, asks = quiet("m", ARRIVE), quiet("z", ENTER, audience={"received": {"campaign": "m"}})
    refused = [quiet(id_, ENTER, audience=NOBODY) for id_ in ("b", "n")]
    assert brief(decided([first, asks, *refused], [sighting("a", 0)])) == [
        (0, "b", "suppressed", "audience"),
        (0, "m", "send", None),
        (0, "n", "suppressed", "audience"),
        (0, "z", "send", None),
    ]


def test_a_campaign_does_not_see_what_one_after_it_sent() -> None:
    asks, later = quiet("a", ENTER, audience={"received": {"campaign": "m"}}), quiet("m", ENTER)
    assert brief(decided([later, asks], [sighting("a", 0)])) == [
        (0, "a", "suppressed", "audience"),
        (0, "m", "send", None),
    ]


def test_what_was_refused_among_many_says_where_and_why() -> None:
    many = [
        quiet(f"c{k}", ENTER, **({"audience": NOBODY} if k % 2 else {"status": "draft"})) for k in range(9)
    ]
    found = decided(many, [sighting("a", 0)])
    assert [one.reason for one in found] == ["not_live", "audience"] * 4 + ["not_live"]
    assert {(one.shopper, one.store, one.zone, one.visit_no, one.stay_no) for one in found} == {
        ("s", "milan", "shoes", 1, 1)
    }
    assert {one.deadline_at - one.at for one in found} == {120_000}
