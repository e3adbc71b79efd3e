"""What lint claims about audiences, against shoppers made at random: it may miss a fault, it must not invent one."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.audience import Facts, compile_condition
from campaigns.document import Trigger
from campaigns.lint.logic import includes, nobody
from campaigns.shopper import Shopper
from campaigns.state import History, ShopperState, Stay, Visit
from tests.campaigns.worlds import campaign

ENTER = Trigger("enter", "shoes")
DAY = 86_400_000


def condition(tree: Any) -> Any:
    return campaign(audience=tree).audience if tree else None


def age(op: str, value: Any = None) -> dict[str, Any]:
    return {"field": "attributes.age", "op": op, "value": value}


def tags(op: str, value: Any) -> dict[str, Any]:
    return {"field": "tags", "op": op, "value": value}


@pytest.mark.parametrize(
    "tree",
    [
        {"all": [age("eq", 1), age("eq", 2)]},
        {"all": [age("gt", 1), age("eq", "1")]},
        {"all": [age("gt", 1), age("contains", 2)]},
        {"all": [age("ge", 2), age("lt", 2)]},
        {"all": [age("eq", True), age("ne", True)]},
        {"all": [age("exists"), {"not": age("exists")}]},
        {"all": [age("in", ["a", "b"]), age("not_in", ["a", "b"])]},
        {"all": [tags("contains", "x"), {"not": tags("contains_any", ["x", "y"])}]},
        {"not": {"any": [age("le", "k"), age("gt", "k"), {"not": age("ge", "")}]}},
        {"all": [{"purchased": {"tag": "a", "within_days": 3}}, {"not": {"purchased": {"within_days": 5}}}]},
        {"all": [{"visits": {"at_least": 3, "within_days": 9}}, {"not": {"visits": {"at_least": 2}}}]},
        {"not": {"visits": {}}},
        {"not": {"visited_zone": {}}},
        {"opened": {"within_days": 0}},
    ],
)
def test_an_audience_of_nobody_is_seen(tree: Any) -> None:
    assert nobody(condition(tree), ENTER)


@pytest.mark.parametrize(
    "tree",
    [
        None,
        {"all": [age("gt", 1), age("lt", 2)]},
        {"all": [age("gt", 10**16), age("lt", 10**16 + 1)]},
        {"all": [age("gt", "a"), age("lt", "b")]},
        {"all": [tags("contains", "x"), tags("contains", "y"), {"not": tags("contains", "z")}]},
        {"all": [{"purchased": {"tag": "a"}}, {"not": {"purchased": {"tag": "b"}}}]},
        {"all": [{"purchased": {"within_days": 5}}, {"not": {"purchased": {"within_days": 3}}}]},
        {"all": [{"received": {}}, {"not": {"opened": {}}}]},
        {"all": [{"visits": {"at_least": 2}}, {"not": {"visits": {"at_least": 3}}}]},
        {"all": [{"visited_zone": {"zone": "shoes"}}, {"not": {"visited_zone": {"zone": "till"}}}]},
    ],
)
def test_an_audience_of_somebody_is_left_alone(tree: Any) -> None:
    assert not nobody(condition(tree), ENTER)


def test_on_arriving_a_shopper_has_been_in_one_zone() -> None:
    both = {"all": [{"visited_zone": {"zone": "shoes"}}, {"visited_zone": {"zone": "till"}}]}
    assert nobody(condition(both), Trigger("arrive"))
    assert not nobody(condition(both), Trigger("leave"))


@pytest.mark.parametrize(
    ("wider", "narrower", "holds"),
    [
        (None, age("eq", 1), True),
        (age("eq", 1), None, False),
        (age("ge", 18), age("ge", 21), True),
        (age("ge", 21), age("ge", 18), False),
        ({"any": [age("eq", 1), age("eq", 2)]}, age("in", [1, 2]), True),
        ({"visits": {"at_least": 2}}, {"visits": {"at_least": 3, "within_days": 30}}, True),
        ({"visits": {"at_least": 2, "within_days": 7}}, {"visits": {"at_least": 3}}, False),
        ({"visits": {"at_least": 1}}, None, False),  # those who do not allow personalisation
        ({"visited_zone": {}}, {"visited_zone": {"zone": "till"}}, True),
    ],
)
def test_one_audience_holds_another(wider: Any, narrower: Any, holds: bool) -> None:
    assert includes(condition(wider), condition(narrower), ENTER) is holds


def wide(op: str, inner: str) -> dict[str, Any]:
    return {op: [{inner: [age("eq", k * 10 + j) for j in range(10)]} for k in range(10)]}


def test_a_tree_too_wide_to_judge_is_left_alone() -> None:
    wild = condition(wide("all", "any"))
    assert not nobody(wild, ENTER)
    assert not includes(None, condition({"any": [wide("all", "any"), age("eq", 1)]}), ENTER)
    assert not includes(
        condition({"any": [age("eq", k) for k in range(600)]}),
        condition({"any": [age("eq", k) for k in range(600)]}),
        ENTER,
    )


_value = st.sampled_from(["a", "b", 1, 2, True, False])
_leaf = st.one_of(
    st.builds(age, st.sampled_from(["eq", "ne", "contains"]), _value),
    st.builds(age, st.sampled_from(["ge", "le", "gt", "lt"]), st.sampled_from(["a", "b", 1, 2])),
    st.builds(
        age, st.sampled_from(["in", "not_in", "contains_any"]), st.lists(_value, min_size=1, max_size=3)
    ),
    st.builds(
        lambda n, d: {"visits": {"at_least": n, "within_days": d}}, st.integers(1, 3), st.integers(0, 3)
    ),
    st.builds(lambda d: {"purchased": {"within_days": d}}, st.integers(0, 3)),
)
_tree = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=6,
)
_person = st.builds(
    lambda value, visits, bought, private: Facts(
        Shopper("s", attributes={"age": value}, consent={} if private else {"personalisation": True}),
        ShopperState(
            history=History(
                visits=[(-DAY * d, "milan") for d in visits], purchases=[(-DAY * d, None) for d in bought]
            )
        ),
        Visit("milan", 1, 0, 0, stays={"shoes": Stay("shoes", 1, 0, [0, 0, 0], 0)}),
        0,
    ),
    st.one_of(st.none(), _value, st.sampled_from(["", "aa", 0, 1.5, 3]), st.lists(_value, max_size=3)),
    st.lists(st.integers(0, 4), max_size=3),
    st.lists(st.integers(0, 4), max_size=2),
    st.booleans(),
)


@settings(max_examples=300, deadline=None)
@given(_tree, _tree, _person)
def test_no_shopper_refutes_what_lint_claims(one: Any, other: Any, person: Facts) -> None:
    left, right = condition(one), condition(other)
    in_left, in_right = compile_condition(left)(person), compile_condition(right)(person)
    if nobody(left, ENTER):
        assert not (in_left and person.shopper.consents("personalisation"))
    if includes(left, right, ENTER):
        assert in_left or not in_right
