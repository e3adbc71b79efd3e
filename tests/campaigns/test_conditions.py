"""What a condition tree accepts and refuses beyond the broken documents."""

from typing import Any

import pytest

from campaigns.conditions import MAX_VALUES, AllOf, Field, VisitedZone
from protocol.errors import BadInput
from tests.campaigns.worlds import campaign


def refused(tree: Any) -> list[tuple[str, str]]:
    with pytest.raises(BadInput) as fault:
        campaign(audience=tree)
    return [(problem.expected, problem.got) for problem in fault.value.problems]


def test_a_tree_becomes_values() -> None:
    leaf = {"field": "attributes.shoe.size", "op": "in", "value": [42, 43.5, "44", True]}
    audience = campaign(audience={"all": [leaf, {"visited_zone": {}}]}).audience
    size = Field("attributes.shoe.size", "shoe.size", "in", (42, 43.5, "44", True))
    assert audience == AllOf((size, VisitedZone(None)))


def test_lists_are_bounded() -> None:
    leaf = {"field": "tier", "op": "exists"}
    assert refused({"any": [leaf] * (MAX_VALUES + 1)}) == [("at most 1000 conditions", "1001")]
    values = {"field": "tier", "op": "in", "value": ["x"] * (MAX_VALUES + 1)}
    assert refused(values) == [("at most 1000 values", "1001")]


def test_a_value_is_a_text_number_or_boolean() -> None:
    assert refused({"field": "tier", "op": "eq", "value": ["gold"]}) == [
        ("a text, number or boolean with eq", "a list of 1")
    ]
    assert refused({"field": "tier", "op": "in", "value": ["gold", None, {}]}) == [
        ("a list of texts, numbers or booleans", "nothing"),
        ("a list of texts, numbers or booleans", "a mapping"),
    ]


def test_a_broken_condition_inside_not_is_told_once() -> None:
    assert refused({"not": {"not": {"field": "tier", "op": "eq"}}}) == [
        ("'value' in a condition on a field", "nothing")
    ]
    assert refused({}) == [("a condition", "an empty mapping")]
