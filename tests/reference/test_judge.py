"""Caps, audience, words, wall clock: the naive evaluator against decisions worked out by hand (SPEC 3 and 5)."""

from typing import Any

import pytest

from tests.reference.by_hand import FULL_CONSENT, campaign, plan, presence, run, seen, shopper
from tests.reference.evaluate import evaluate
from tests.reference.wall import in_quiet_hours, in_schedule, instant, local, written


@pytest.mark.parametrize(
    ("limits", "reasons"),
    [
        ({"per_visit": 1}, [None, "campaign_cap"]),
        ({"per_visit": 9, "cooldown_s": 150}, [None, None]),
        ({"per_visit": 9, "cooldown_s": 151}, [None, "campaign_cap"]),
        ({"per_visit": 9, "total": 1}, [None, "budget"]),
        ({"per_visit": 9, "per_shopper": {"max": 1, "within_days": 1}}, [None, "campaign_cap"]),
    ],
)
def test_limits(limits: dict[str, Any], reasons: list[str | None]) -> None:
    moments = [campaign("in", "enter", zone="shoes", limits=limits)]
    decisions = run(moments, [seen("10:00:00"), seen("10:02:30")])
    assert [reason for *_, reason in decisions] == reasons


def test_received_in_history_counts_as_an_earlier_push() -> None:
    def received(at: str) -> dict[str, Any]:
        return {"at": at, "shopper": "ann", "kind": "received", "campaign": "in"}

    one = [campaign("in", "enter", zone="shoes", limits={"total": 1})]
    assert run(one, [seen("10:00:00")], history=[received("2026-11-02T10:00:00Z")])[0][3] == "budget"
    assert run(one, [seen("10:00:00")], history=[received("2026-11-02T10:00:01Z")])[0][3] is None
    free = [campaign("in", "enter", zone="shoes")]
    day_before = [received("2026-11-01T10:00:00.001Z")]
    assert run(free, [seen("10:00:00")], history=day_before, policy={"max_per_day": 1})[0][3] == "policy_cap"
    exactly = [received("2026-11-01T10:00:00Z")]
    assert run(free, [seen("10:00:00")], history=exactly, policy={"max_per_day": 1})[0][3] is None


@pytest.mark.parametrize(
    ("heard", "reason"),
    [
        ([], "not_corroborated"),
        ([presence("09:00:00", "present")], None),
        ([presence("09:00:00", "present"), presence("09:59:30", "lost")], "not_corroborated"),
        ([presence("09:00:00", "present"), presence("09:59:31", "lost")], None),
        ([presence("10:00:01", "present")], "not_corroborated"),
        ([presence("09:59:40", "present"), presence("09:59:40", "lost")], "not_corroborated"),
        ([presence("10:00:00", "present") | {"gateway": "gw-other"}], "not_corroborated"),
    ],
)
def test_corroboration(heard: list[dict[str, Any]], reason: str | None) -> None:
    moments = [campaign("in", "enter", zone="shoes", trust="corroborated")]
    assert run(moments, [seen("10:00:00")], heard=heard)[0][3] == reason


def test_no_channel_is_decided_at_once_and_may_keep_a_copy() -> None:
    nobody = shopper(channels=[])
    moments = [campaign("in", "enter", zone="shoes", blocked="inbox")]
    policy = {"arbitration_s": 5, "max_inbox_per_visit": 1}
    twice = [seen("10:00:00"), seen("10:02:30")]
    assert run(moments, twice, who=nobody, policy=policy) == [
        ("10:00:00", "in", "inbox", "no_channel"),
        ("10:02:30", "in", "suppressed", "no_channel"),
    ]


def test_holdouts_come_last() -> None:
    moments = [campaign("in", "enter", zone="shoes", holdout_pct=100)]
    assert run(moments, [seen("10:00:00")]) == [("10:00:00", "in", "ghost", "holdout")]
    assert run(moments, [seen("10:00:00")], policy={"global_holdout_pct": 100})[0][3] == "global_holdout"
    blocked = [campaign("in", "enter", zone="till", holdout_pct=100, blocked="inbox")]
    assert run(blocked, [seen("10:00:00", "till")])[0][2:] == ("suppressed", "do_not_disturb")


def test_words() -> None:
    message = {
        "fr": {"title": "F", "body": "F"},
        "it": {"title": "{n|x}{a|y}", "body": "{b|}|{c|z}{", "sms": "S"},
    }
    who = shopper(locale="de", attributes={"n": "{a|q}", "a": 7, "b": True, "c": ""}, channels=["sms"])
    who["consent"] = FULL_CONSENT | {"sms": True}
    moment = campaign("in", "enter", zone="shoes", message=message, channels=["push", "sms"])

    def only(moment: dict[str, Any], who: dict[str, Any]) -> dict[str, Any]:
        return evaluate([plan()], [moment], [who], [seen("10:00:00")], [], [], set())[0]

    text = only(moment, who)
    assert (text["channel"], text["title"], text["body"], text["link"]) == ("sms", None, "S", None)
    moment["channels"] = ["inbox"]
    text = only(moment, who)
    assert (text["title"], text["body"]) == ("{a|q}7", "|z{")
    assert only(moment, who | {"locale": "fr-CA"})["title"] == "F"


def audience_reason(tree: dict[str, Any], **who: Any) -> str | None:
    return run(
        [campaign("in", "enter", zone="shoes", audience=tree)], [seen("10:00:00")], who=shopper(**who)
    )[0][3]


@pytest.mark.parametrize(
    ("leaf", "attributes", "holds"),
    [
        ({"op": "ne", "value": 1}, {"n": True}, False),
        ({"op": "ne", "value": 1}, {"n": 2.5}, True),
        ({"op": "not_in", "value": ["a"]}, {"n": 3}, False),
        ({"op": "not_in", "value": ["a"]}, {"n": "b"}, True),
        ({"op": "ne", "value": 1}, {}, False),
        ({"op": "exists"}, {"n": None}, False),
        ({"op": "exists"}, {"n": False}, True),
        ({"op": "contains", "value": "a"}, {"n": "abc"}, False),
        ({"op": "contains_any", "value": ["z", "a"]}, {"n": ["a"]}, True),
        ({"op": "gt", "value": "Z"}, {"n": "a"}, True),
        ({"op": "eq", "value": 1}, {"n": 1.0}, True),
    ],
)
def test_field_leaves(leaf: dict[str, Any], attributes: dict[str, Any], holds: bool) -> None:
    tree = {"field": "attributes.n"} | leaf
    assert (audience_reason(tree, attributes=attributes) is None) is holds
    assert (audience_reason({"not": tree}, attributes=attributes) is None) is not holds


def test_history_leaves_need_consent() -> None:
    tree = {"visits": {"at_least": 1}}
    assert audience_reason(tree) is None
    without = FULL_CONSENT | {"personalisation": False}
    assert audience_reason(tree, consent=without) == "audience"
    assert audience_reason({"not": tree}, consent=without) is None
    assert audience_reason({"visited_zone": {"zone": "entrance"}}) == "audience"


def test_schedule_over_midnight_belongs_to_the_day_it_starts_on() -> None:
    friday = {"days": ["fri"], "hours": ["22:00-02:00"]}
    # 2026-11-06 is a Friday; Rome is one hour ahead of UTC then
    assert in_schedule(friday, instant("2026-11-06T21:00:00Z"), "Europe/Rome")
    assert in_schedule(friday, instant("2026-11-07T00:59:59.999Z"), "Europe/Rome")
    assert not in_schedule(friday, instant("2026-11-07T01:00:00Z"), "Europe/Rome")
    assert not in_schedule(friday, instant("2026-11-06T00:00:00Z"), "Europe/Rome")
    dates = {"starts": "2026-11-02", "ends": "2026-11-02"}
    assert in_schedule(dates, instant("2026-11-01T23:00:00Z"), "Europe/Rome")
    assert not in_schedule(dates, instant("2026-11-02T23:00:00Z"), "Europe/Rome")


def test_the_wall_clock_over_changes() -> None:
    # Rome 2026-10-25: 03:00 becomes 02:00 at 01:00 UTC, so 02:30 comes twice
    for twice in ("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"):
        assert in_quiet_hours("02:00-03:00", instant(twice), "Europe/Rome")
    # Rome 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC, so 02:30 never comes
    assert not in_quiet_hours("02:00-03:00", instant("2026-03-29T01:00:00Z"), "Europe/Rome")
    assert in_quiet_hours("21:00-08:00", instant("2026-11-02T20:00:00Z"), "Europe/Rome")
    assert not in_quiet_hours("21:00-08:00", instant("2026-11-02T07:00:00Z"), "Europe/Rome")
    assert local(instant("2026-04-04T15:00:00Z"), "Australia/Lord_Howe")[1] == (90 * 60) * 1000
    assert written(instant("2026-11-02T10:00:00.0059Z")) == "2026-11-02T10:00:00.005Z"


def test_the_running_visit_counts_however_long_ago_it_began() -> None:
    lately = {"visits": {"within_days": 0.0001}}  # 8.64 s
    moments = [campaign("out", "exit", zone="shoes", audience=lately)]
    assert run(moments, [seen("10:00:00")])[0][2] == "send"
    twice = [campaign("out", "exit", zone="shoes", audience={"visits": {"at_least": 2}})]
    visit = {"at": "2026-11-02T10:00:30Z", "shopper": "ann", "kind": "visit", "store": "milan"}
    assert run(twice, [seen("10:00:00")], history=[visit])[0][2] == "send"
    assert (
        run(twice, [seen("10:00:00")], history=[visit | {"at": "2026-11-02T10:00:31Z"}])[0][2] == "suppressed"
    )


@pytest.mark.parametrize(
    ("quiet_hours", "reason"),
    [
        ("21:00-11:00", None),
        ("21:00-11:01", "quiet_hours"),
        ("11:00-11:01", "quiet_hours"),
        ("11:01-11:00", None),
    ],
)
def test_quiet_hours_include_their_start_and_not_their_end(quiet_hours: str, reason: str | None) -> None:
    moments = [campaign("in", "enter", zone="shoes")]
    # 10:00 UTC is 11:00 in Milan
    assert run(moments, [seen("10:00:00")], policy={"quiet_hours": quiet_hours})[0][3] == reason
    assert run(moments, [seen("10:00:00")], who=shopper(quiet_hours=quiet_hours))[0][3] == reason
    hours = [campaign("in", "enter", zone="shoes", schedule={"hours": [quiet_hours]})]
    assert (run(hours, [seen("10:00:00")])[0][3] is None) == (reason is not None)


def test_later_campaigns_see_what_earlier_ones_sent_at_the_same_instant() -> None:
    after_a = {"received": {"campaign": "a"}}
    moments = [
        campaign("b", "enter", zone="shoes", channels=["staff"], audience=after_a),
        campaign("a", "enter", zone="shoes", channels=["staff"]),
        campaign("0", "enter", zone="shoes", channels=["staff"], audience=after_a),
    ]
    outcomes = [(name, outcome) for _, name, outcome, _ in run(moments, [seen("10:00:00")])]
    assert outcomes == [("0", "suppressed"), ("a", "send"), ("b", "send")]


@pytest.mark.parametrize("on", ["arrive", "leave"])
def test_any_stay_of_the_visit_corroborates_its_arrival_and_its_end(on: str) -> None:
    moments = [campaign("in", on, trust="corroborated")]
    policy = {"arbitration_s": 100, "exit_grace_s": 5, "reentry_s": 1}
    heard = [presence("10:00:24", "present"), presence("10:00:25", "lost")]
    # 10:00:55 opens a second stay, 30 s from what was heard; the first is 24 s from it
    assert run(moments, [seen("10:00:00"), seen("10:00:55")], policy=policy, heard=heard)[0][3] is None
