"""Many rules matched at once are the rules that match one by one (SPEC 3, 5)."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.audience import Facts
from campaigns.document import Campaign
from campaigns.index import WORTH_BITMAPS, Matcher, OneByOne, RuleIndex, Together
from campaigns.shopper import Shopper
from campaigns.snapshot import Snapshot
from campaigns.state import Presence, ShopperState, Stay, Visit
from protocol.instants import DAY, HOUR, Instant, parse_instant
from tests.campaigns.worlds import CONSENT, campaign, plan

MONDAY = parse_instant("2026-11-01T23:00:00Z")
"""Midnight in Rome."""
ROME = "Europe/Rome"


def rules(campaigns: list[Campaign]) -> Together:
    return Snapshot.build([plan()], campaigns).stores["milan"].arrive


def facts(visits: int = 1, at: Instant = 0, **of: Any) -> Facts:
    visit = Visit("milan", visits, 0, 0, stays={"shoes": Stay("shoes", 1, 0, [0, 0, 0], 0)})
    return Facts(Shopper("s", **of), past(visits, at), visit, at)


def past(visits: int, at: Instant) -> ShopperState:
    return ShopperState(presence=Presence(started={"milan": [at] * visits}))


def verdicts(matcher: Matcher, count: int, someone: Facts) -> list[str | None]:
    """Return what stops each rule, None for those that match."""
    places, reasons = matcher.match(someone)
    assert places == sorted(places)
    assert len(reasons) == count
    return [None if k in places else reasons[k] for k in range(count)]


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
    st.builds(
        lambda value: {"field": "tags", "op": "contains_any", "value": [*value, "c"]},
        st.lists(st.one_of(_text, st.just(1)), max_size=2),
    ),
    st.just({"field": "tier", "op": "in", "value": ["a", 1]}),
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
    st.lists(_campaign, min_size=1, max_size=8),
    st.builds(
        facts,
        visits=st.integers(1, 3),
        at=st.sampled_from([MONDAY + 9 * HOUR, MONDAY + 13 * HOUR, MONDAY + DAY, MONDAY + 2 * DAY - 1]),
        tier=st.one_of(st.none(), _text, st.just(1)),
        locale=st.one_of(st.none(), _text),
        tags=st.lists(st.one_of(_text, st.just(["a"]), st.just(1)), max_size=3).map(tuple),
        consent=st.sampled_from([CONSENT, {}]),
    ),
)
def test_the_index_finds_what_one_by_one_finds(made: list[Any], someone: Facts) -> None:
    known = rules([campaign(f"c{k}", trigger={"on": "arrive"}, **more) for k, more in enumerate(made)])
    index, one_by_one = RuleIndex(known, ROME), OneByOne(known, ROME)
    expected = verdicts(one_by_one, len(known), someone)
    assert verdicts(index, len(known), someone) == expected
    assert verdicts(index, len(known), someone) == expected


def test_many_rules_that_fire_together_are_worth_an_index() -> None:
    few = rules([campaign(f"c{k}", trigger={"on": "arrive"}) for k in range(WORTH_BITMAPS - 1)])
    many = rules([campaign(f"c{k}", trigger={"on": "arrive"}) for k in range(WORTH_BITMAPS)])
    assert isinstance(few.matcher, OneByOne)
    assert isinstance(many.matcher, RuleIndex)
    assert many.matcher is many.matcher


def test_a_rule_that_asks_what_was_sent_is_left_for_its_turn() -> None:
    known = rules(
        [
            campaign("a", trigger={"on": "arrive"}, audience={"not": {"received": {"campaign": "b"}}}),
            campaign("b", trigger={"on": "arrive"}, audience={"all": [{"received": {}}]}),
            campaign("c", trigger={"on": "arrive"}, audience={"any": [{"opened": {}}, {"visits": {}}]}),
        ]
    )
    assert [rule.asks_sent for rule in known] == [True, True, False]
    for matcher in (RuleIndex(known, ROME), OneByOne(known, ROME)):
        assert matcher.match(facts())[0] == [0, 1]


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
    off_on_tuesday = dict.fromkeys(("monday", "morning"), "outside_schedule")
    for at, off in ((MONDAY + 10 * HOUR, {}), (MONDAY + DAY + 12 * HOUR, off_on_tuesday)):
        expected: dict[str, str | None] = dict.fromkeys((rule.id for rule in known), "audience")
        expected |= dict.fromkeys((*matching, "monday", "morning")) | off | {"draft": "not_live"}
        then = msgspec.structs.replace(someone, state=past(someone.visit.no, at), at=at)
        for matcher in (RuleIndex(known, ROME), OneByOne(known, ROME)):
            stops = verdicts(matcher, len(known), then)
            assert dict(zip((rule.id for rule in known), stops, strict=True)) == expected
