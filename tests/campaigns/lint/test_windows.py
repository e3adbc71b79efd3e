from typing import Any

import pytest

from tests.campaigns.lint.found import fine, found, kinds


@pytest.mark.parametrize(
    ("more", "got"),
    [
        ({"audience": {"visits": {"within_days": 401}}}, "401 days"),
        ({"audience": {"purchased": {"within_days": 400.5}}}, "400.5 days"),
        ({"audience": {"received": {"within_days": 91}}}, "91 days"),
        ({"audience": {"not": {"opened": {"within_days": 100}}}}, "100 days"),
        ({"limits": {"per_shopper": {"max": 1, "within_days": 120}}}, "120 days"),
        ({"limits": {"cooldown_s": 100 * 86_400}}, "100 days"),
        ({"goal": {"kind": "visit", "within_s": 365 * 86_400}}, "365 days"),
    ],
)
def test_a_window_longer_than_anything_is_kept(more: dict[str, Any], got: str) -> None:
    assert found(fine(**more)) == [("warning", "retention", "c.yaml", got)]


def test_windows_within_what_is_kept_are_fine() -> None:
    parts = [{"visits": {"within_days": 400}}, {"purchased": {}}, {"received": {"within_days": 90}}]
    tier = {"field": "tier", "op": "exists"}
    assert kinds(fine(audience={"any": [*parts, tier]}, goal={"kind": "purchase", "tag": "shoes"})) == []
