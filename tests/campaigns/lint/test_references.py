from tests.campaigns.lint.found import fine, found, kinds


def test_a_campaign_that_is_nowhere_is_told_with_the_nearest() -> None:
    asks = fine("asks", audience={"received": {"campaign": "shoes-halp"}})
    assert found(asks, fine("shoes-help", status="ended")) == [
        ("warning", "unknown-campaign", "asks.yaml", "'shoes-halp' (did you mean 'shoes-help'?)")
    ]
    assert kinds(asks, all_campaigns=False) == []


def test_any_campaign_and_its_own_are_known() -> None:
    parts = [
        {"opened": {}},
        {"received": {"campaign": "self", "within_days": 7}},
        {"purchased": {"tag": "x"}},
    ]
    assert kinds(fine("self", audience={"any": parts})) == []
