"""Many rules matched at once are the rules that match one by one (SPEC 3, 5)."""

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.audience import Facts
from campaigns.document import Campaign
from campaigns.index import MINUTES_KEPT, RuleIndex
from campaigns.schedule import WallClock
from campaigns.shopper import Shopper
from campaigns.snapshot import Snapshot
from campaigns.state import History, Stay, Visit
from tests.campaigns.worlds import CONSENT, campaign, plan

MONDAY = date(2026, 11, 2).toordinal()


def index(campaigns: list[Campaign]) -> RuleIndex:
    return RuleIndex(Snapshot.build([plan()], campaigns).stores["milan"].arrive)


def facts(visits: int = 1, **of: Any) -> Facts:
    visit = Visit("milan", visits, 0, 0, stays={"shoes": Stay("shoes", 1, 0, [0, 0, 0], 0)})
    return Facts(Shopper("s", **of), visit, [0] * visits, History(), [], 0)


def one_by_one(campaigns: list[Campaign], someone: Facts, clock: WallClock) -> list[str]:
    rules = Snapshot.build([plan()], campaigns).stores["milan"].arrive
    return [
        rule.id
        for rule in rules
        if rule.live and rule.campaign.schedule.is_on(clock) and rule.audience(someone)
    ]


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
        tags=st.lists(_text, max_size=2).map(tuple),
        consent=st.sampled_from([CONSENT, {}]),
    ),
    st.builds(WallClock, st.integers(MONDAY, MONDAY + 1), st.sampled_from([0, 720])),
)
def test_the_index_finds_what_one_by_one_finds(made: list[Any], someone: Facts, clock: WallClock) -> None:
    campaigns = [campaign(f"c{k}", trigger={"on": "arrive"}, **more) for k, more in enumerate(made)]
    known = index(campaigns)
    expected = one_by_one(campaigns, someone, clock)
    assert [rule.id for rule in known.matching(someone, clock)] == expected
    assert [rule.id for rule in known.matching(someone, clock)] == expected


def test_minutes_are_forgotten_after_a_day_of_them() -> None:
    known = index([campaign(trigger={"on": "arrive"}, schedule={"hours": ["00:00-00:01"]})])
    found = [
        bool(known.matching(facts(), WallClock(MONDAY + k // 1440, k % 1440)))
        for k in range(MINUTES_KEPT + 2)
    ]
    assert [k for k, one in enumerate(found) if one] == [0, 1440]
