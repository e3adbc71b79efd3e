"""What happened to a shopper outside our decisions, by kind (SPEC 6, history.jsonl)."""

import pytest

from campaigns.state import History


@pytest.mark.parametrize(
    ("kind", "noted"),
    [
        ("visit", History(visits=[(1, "milan")])),
        ("purchase", History(purchases=[(1, "shoes")])),
        ("received", History(received=[(1, "c")])),
        ("opened", History(opened=[(1, "c")])),
        ("returned", History()),
    ],
)
def test_each_kind_is_noted_with_what_rules_ask_of_it(kind: str, noted: History) -> None:
    history = History()
    history.add(kind, 1, "milan", "c", "shoes")
    assert history == noted
