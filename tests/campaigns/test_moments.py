"""Each moment as a story: who walks where, and what comes of it."""

from typing import Any

import pytest

from campaigns.decision import Decision
from campaigns.document import Campaign, campaign_from_document
from campaigns.moments import MOMENTS, from_moment, moment
from campaigns.moments.template import drafted, slots
from campaigns.simulate import PresenceLine
from campaigns.state import History
from protocol.errors import BadInput
from protocol.identity import BeaconIdentity
from protocol.instants import DAY
from protocol.sighting import Sighting
from tests.campaigns.lint.found import found
from tests.campaigns.worlds import CONSENT, ENTRANCE, SHOES, TEN, TILL, brief, decided, shopper, sighting

WORDS = {"it": {"title": "T", "body": "B"}}
GIVEN: dict[str, dict[str, Any]] = {
    "arrive": {"message": WORDS},
    "hesitate": {"zone": "shoes", "message": WORDS},
    "return": {"message": WORDS},
    "queue": {"zone": "entrance", "message": WORDS},
    "leave-without-buying": {"zone": "shoes", "tag": "shoes", "message": WORDS},
    "quest": {"zones": ["entrance", "shoes", "till"], "stamp": WORDS, "reward": WORDS},
    "coupon": {"zone": "shoes", "message": WORDS},
}


def made(name: str, **more: Any) -> list[Campaign]:
    documents = from_moment(name, GIVEN[name] | {"status": "live"} | more)
    return [campaign_from_document(document) for document in documents]


def walk(*stops: tuple[float, float, BeaconIdentity], band: str = "near") -> list[Sighting]:
    """Sightings every 5 s of (from, to, beacon)."""
    return [
        sighting(f"{at:05}-{beacon.minor}", at, beacon, band)
        for start, end, beacon in stops
        for at in range(int(start), int(end) + 1, 5)
    ]


def told(decisions: list[Decision]) -> list[tuple[float, str, str, str | None]]:
    return [one for one in brief(decisions) if one[2] != "suppressed"]


@pytest.mark.parametrize("name", MOMENTS)
def test_every_moment_makes_campaigns_in_which_lint_finds_nothing(name: str) -> None:
    assert found(*made(name)) == []
    assert moment(name).title
    assert all(parameter.about for parameter in moment(name).parameters)


def test_arrive_leaves_a_note_in_the_inbox_and_rings_nobody() -> None:
    decisions = decided(made("arrive"), walk((0, 60, ENTRANCE)))
    assert [(one.outcome, one.channel) for one in decisions] == [("send", "inbox")]


def test_hesitate_offers_help_after_a_minute_and_a_half_up_close() -> None:
    hesitate = made("hesitate", holdout_pct=0)
    assert told(decided(hesitate, walk((0, 120, SHOES)))) == [(92, "hesitate-shoes", "send", None)]
    assert told(decided(hesitate, walk((0, 120, SHOES), band="far"))) == []
    assert told(decided(hesitate, walk((0, 50, SHOES), (55, 180, ENTRANCE)))) == []


def test_return_thanks_on_the_second_visit_only() -> None:
    once = {"s": History(visits=[(TEN - DAY, "milan")])}
    assert told(decided(made("return"), walk((0, 5, ENTRANCE)), histories=once)) == [
        (2, "return", "send", None)
    ]
    assert told(decided(made("return"), walk((0, 5, ENTRANCE)))) == []
    thanked = {"s": History(visits=once["s"].visits, received=[(TEN - DAY, "return")])}
    assert told(decided(made("return"), walk((0, 5, ENTRANCE)), histories=thanked)) == []


def test_queue_speaks_before_the_till_and_never_at_it() -> None:
    queue = made("queue")
    assert told(decided(queue, walk((0, 90, ENTRANCE), band="far"))) == [(62, "queue-entrance", "send", None)]
    assert told(decided(queue, walk((0, 55, ENTRANCE), (56, 150, TILL)))) == []
    both = walk((0, 90, ENTRANCE), (50, 90, TILL))
    assert brief(decided(queue, both)) == [(62, "queue-entrance", "suppressed", "do_not_disturb")]


def test_leave_without_buying_asks_who_looked_and_bought_nothing() -> None:
    leave = made("leave-without-buying")
    assert told(decided(leave, walk((0, 60, SHOES)))) == [(242, "leave-shoes", "send", None)]
    assert told(decided(leave, walk((0, 60, ENTRANCE)))) == []
    bought = {"s": History(purchases=[(TEN, "shoes")])}
    assert told(decided(leave, walk((0, 60, SHOES)), histories=bought)) == []
    bread = {"s": History(purchases=[(TEN, "bread")])}
    assert len(told(decided(leave, walk((0, 60, SHOES)), histories=bread))) == 1


def test_quest_gives_a_stamp_a_zone_and_one_reward_at_the_last() -> None:
    path = walk((0, 20, ENTRANCE), (30, 50, TILL), (100, 120, SHOES), (400, 420, ENTRANCE), (500, 520, TILL))
    assert told(decided(made("quest"), path, policy="max_per_visit: 9")) == [
        (0, "quest-stamp-entrance", "send", None),
        (30, "quest-stamp-till", "send", None),
        (100, "quest-stamp-shoes", "send", None),
        (102, "quest-reward-shoes", "send", None),
    ]


def test_quest_without_its_last_zone_has_no_reward() -> None:
    path = walk((0, 20, ENTRANCE), (30, 50, TILL), (100, 120, ENTRANCE))
    assert [campaign for _, campaign, _, _ in told(decided(made("quest"), path))] == [
        "quest-stamp-entrance",
        "quest-stamp-till",
    ]


def test_coupon_carries_the_shoppers_code_and_asks_a_gateway() -> None:
    words = {"it": {"title": "Coupon", "body": "Il tuo codice: {coupon|alla cassa}"}}
    coupon = made("coupon", message=words)
    heard = [PresenceLine(TEN, "gw-shoes", SHOES, present=True)]
    someone = shopper(attributes={"coupon": "SHOES-7K2M"}, consent=CONSENT)
    [sent] = decided(coupon, walk((0, 60, SHOES)), presence=heard, shoppers=[someone])
    assert (sent.outcome, sent.body) == ("send", "Il tuo codice: SHOES-7K2M")
    assert brief(decided(coupon, walk((0, 60, SHOES)))) == [
        (32, "coupon-shoes", "suppressed", "not_corroborated")
    ]


def refused(name: str, parameters: dict[str, Any]) -> list[str]:
    with pytest.raises(BadInput) as fault:
        from_moment(name, parameters)
    return [str(problem) for problem in fault.value.problems]


def test_a_moment_is_a_draft_until_somebody_looked_at_it() -> None:
    [document] = from_moment("arrive", GIVEN["arrive"])
    assert document.value["status"] == "draft"


def test_wrong_parameters_are_told_all_at_once() -> None:
    assert refused("hesitate", {"after_s": "long", "zoen": "shoes", "name": 5}) == [
        "moment hesitate:1: expected after_s as a number from 0 to 3.1536e+07, got 'long'",
        "moment hesitate:1: expected name as text, got 5",
        "moment hesitate:1: expected 'message' in the parameters (the words by locale), got nothing",
        "moment hesitate:1: expected only known keys in the parameters, got 'zoen' (did you mean 'zone'?)",
    ]
    assert refused("return", GIVEN["return"] | {"visits": 1.5}) == [
        "moment return:1: expected visits as a whole number from 0 to 1000000, got 1.5"
    ]


def test_a_quest_has_zones_each_once_and_not_too_many() -> None:
    assert refused("quest", GIVEN["quest"] | {"zones": ["shoes", "shoes", 3]}) == [
        "moment quest:1: expected zones as ids, each once, got 'shoes'",
        "moment quest:1: expected zones as ids, each once, got 3",
    ]
    many = [f"z-{k}" for k in range(13)]
    assert refused("quest", GIVEN["quest"] | {"zones": many}) == [
        "moment quest:1: expected at most 12 zones, got 13"
    ]


def test_what_the_campaign_refuses_is_refused_here() -> None:
    assert refused("arrive", {"message": {"it": {"title": "T"}}}) == [
        "moment arrive:1: expected 'body' in the message in 'it', got nothing"
    ]


def test_an_unknown_moment_is_told_with_the_nearest() -> None:
    [line] = refused("hesitat", {})
    assert line.endswith("got 'hesitat' (did you mean 'hesitate'?)")


def test_a_form_is_filled_in_unjudged_and_what_is_missing_stays_empty() -> None:
    [empty] = drafted("return", {})
    assert (empty["audience"], empty["name"], empty["message"]) == (
        {"visits": {"at_least": 2, "within_days": 30}},
        "Return: visit 2",
        "",
    )
    [third] = drafted("return", {"visits": 3, "message": WORDS})
    assert (third["name"], third["message"]) == ("Return: visit 3", WORDS)
    stamps = drafted("quest", {"zones": ["till", "shoes"]})
    assert [one["trigger"]["zone"] for one in stamps] == ["till", "shoes"] * 2


def test_a_form_knows_where_each_answer_stands_in_the_document() -> None:
    found = {parameter: path for path, parameter in slots("leave-without-buying")}
    assert found["message"] == ("message",)
    assert found["zone"] == ("audience", "all", 0, "visited_zone", "zone")
    assert found["tag"] == ("audience", "all", 1, "not", "purchased", "tag")
