"""Many rules matched at once are the rules that match one by one (SPEC 3, 5)."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.audience import Facts
from campaigns.document import Campaign
from campaigns.index import MINUTES_KEPT, WORTH_BITMAPS, Matcher, OneByOne, RuleIndex, Together, matcher_of
from campaigns.schedule import WallClock
from campaigns.shopper import Shopper
from campaigns.snapshot import Snapshot
from campaigns.state import History, Stay, Visit
from tests.campaigns.worlds import CONSENT, campaign, plan

MONDAY = date(2026, 11, 2).toordinal()


def rules(campaigns: list[Campaign]) -> Together:
    return Snapshot.build([plan()], campaigns).stores["milan"].arrive


def facts(visits: int = 1, **of: Any) -> Facts:
    visit = Visit("milan", visits, 0, 0, stays={"shoes": Stay("shoes", 1, 0, [0, 0, 0], 0)})
    return Facts(Shopper("s", **of), visit, [0] * visits, History(), [], 0)


def verdicts(matcher: Matcher, count: int, someone: Facts, clock: WallClock) -> list[str | None]:
    """Return what stops each rule, None for those that match."""
    matching = list(matcher.matching(someone, clock))
    assert matching == sorted(matching)
    step = matcher.refusal(clock)
    return [None if k in matching else step(k) for k in range(count)]


_text = st.sampled_from(["a", "b", "c"])
_leaf = st.one_of(
    st.builds(
        lambda name, value: {"field": name, "op": "eq", "value": value},
        st.sampled_from(["tier", "locale"]),
        _text,
    ),
    st.builds(lambda value: {"field": "tier", "op": "in", "value": value}, st.lists(_text, min_size=1)),
    st.builds(lambda value: {"field": "tier", "op": "ne", "value": value}, _text),
    st.builds(lambda value: {"field": "tags", "op": "contains", "value": value}, _text),
    st.builds(lambda n: {"visits": {"at_least": n}}, st.integers(1, 3)),
    st.builds(lambda n: {"visits": {"at_least": n, "within_days": 1}}, st.integers(1, 2)),
    st.just({"visited_zone": {"zone": "shoes"}}),
)
_audience = st.one_of(
    st.none(), _leaf, st.builds(lambda parts: {"all": parts}, st.lists(_leaf, min_size=1, max_size=5))
)
_campaign = st.fixed_dictionaries(
    {
        "audience": _audience,
        "status": st.sampled_from(["live", "live", "draft"]),
        "schedule": st.sampled_from([None, {"days": ["mon"]}, {"hours": ["00:00-12:00"]}]),
    }
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(_campaign, max_size=8),
    st.builds(
        facts,
        visits=st.integers(1, 3),
        tier=st.one_of(st.none(), _text),
        locale=st.one_of(st.none(), _text),
        tags=st.lists(st.one_of(_text, st.just(["a"]), st.just(1)), max_size=3).map(tuple),
        consent=st.sampled_from([CONSENT, {}]),
    ),
    st.builds(WallClock, st.integers(MONDAY, MONDAY + 1), st.sampled_from([0, 720])),
)
def test_the_index_finds_what_one_by_one_finds(made: list[Any], someone: Facts, clock: WallClock) -> None:
    known = rules([campaign(f"c{k}", trigger={"on": "arrive"}, **more) for k, more in enumerate(made)])
    index, expected = RuleIndex(known), verdicts(OneByOne(known), len(known), someone, clock)
    assert verdicts(index, len(known), someone, clock) == expected
    assert verdicts(index, len(known), someone, clock) == expected


def test_minutes_are_forgotten_after_a_day_of_them() -> None:
    index = RuleIndex(rules([campaign(trigger={"on": "arrive"}, schedule={"hours": ["00:00-00:01"]})]))
    found = [
        list(index.matching(facts(), WallClock(MONDAY + k // 1440, k % 1440)))
        for k in range(MINUTES_KEPT + 2)
    ]
    assert [k for k, one in enumerate(found) if one] == [0, 1440]


def test_many_rules_that_fire_together_are_worth_an_index() -> None:
    few = rules([campaign(f"c{k}", trigger={"on": "arrive"}) for k in range(WORTH_BITMAPS - 1)])
    many = rules([campaign(f"c{k}", trigger={"on": "arrive"}) for k in range(WORTH_BITMAPS)])
    assert isinstance(matcher_of(few), OneByOne)
    assert isinstance(matcher_of(many), RuleIndex)
    assert matcher_of(many) is matcher_of(many)
    assert isinstance(matcher_of(many[:-1]), OneByOne)


SHAPES: dict[str, dict[str, Any]] = {
    "gold": {"audience": {"field": "tier", "op": "eq", "value": "gold"}},
    "metal": {"audience": {"field": "tier", "op": "in", "value": ["gold", "silver"]}},
    "italian": {"audience": {"field": "locale", "op": "eq", "value": "it"}},
    "runner": {"audience": {"field": "tags", "op": "contains", "value": "running"}},
    "second": {"audience": {"visits": {"at_least": 2}}},
    "lately": {"audience": {"visits": {"at_least": 2, "within_days": 1}}},
    "not-gold": {"audience": {"field": "tier", "op": "ne", "value": "gold"}},
    "all-of-it": {
        "audience": {
            "all": [
                {"field": "tier", "op": "eq", "value": "gold"},
                {"field": "tier", "op": "in", "value": ["gold", "silver"]},
                {"field": "tags", "op": "contains", "value": "running"},
                {"field": "tags", "op": "contains", "value": "walking"},
                {"visits": {"at_least": 2}},
                {"visits": {"at_least": 3}},
            ]
        }
    },
    "draft": {"status": "draft"},
    "monday": {"schedule": {"days": ["mon"]}},
    "morning": {"schedule": {"hours": ["00:00-12:00"]}},
}
"""One rule of each shape that a bitmap covers, or does not."""


@pytest.mark.parametrize(
    ("someone", "matching"),
    [
        (facts(), []),
        (facts(tier="gold", locale="it", tags=("running", ["odd"])), ["gold", "metal", "italian", "runner"]),
        (facts(2, tier="silver", consent=CONSENT), ["metal", "second", "lately", "not-gold"]),
        (facts(2, tier="silver"), ["metal", "not-gold"]),
        (
            facts(3, tier="gold", tags=("walking", "running"), consent=CONSENT),
            ["gold", "metal", "runner", "second", "lately", "all-of-it"],
        ),
        (facts(locale="it"), ["italian"]),
        (facts(tier=7, locale="it-IT"), []),
    ],
)
def test_a_shopper_may_see_the_rules_whose_every_leaf_holds(someone: Facts, matching: list[str]) -> None:
    known = rules([campaign(name, trigger={"on": "arrive"}, **more) for name, more in SHAPES.items()])
    for clock, off in (
        (WallClock(MONDAY, 600), {"draft": "not_live"}),
        (
            WallClock(MONDAY + 1, 720),
            dict.fromkeys(("monday", "morning"), "outside_schedule") | {"draft": "not_live"},
        ),
    ):
        expected = {
            rule.id: off.get(rule.id, None if rule.id in (*matching, "monday", "morning") else "audience")
            for rule in known
        }
        for matcher in (RuleIndex(known), OneByOne(known)):
            stops = verdicts(matcher, len(known), someone, clock)
            assert dict(zip((rule.id for rule in known), stops, strict=True)) == expected
