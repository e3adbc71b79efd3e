"""Shares by hash: the same for ever, and as large as they were written (SPEC 5, "Shares")."""

import hashlib
from collections import Counter

import pytest

from campaigns.allocation import SPAN, draw, held_out, pick


def test_the_draw_is_the_first_eight_bytes_of_a_hash() -> None:
    digest = hashlib.sha256(b"c:holdout:\xc3\xa9").digest()
    assert draw("c", "holdout", "é") == int.from_bytes(digest[:8], "big") < SPAN


@pytest.mark.parametrize(("pct", "expected"), [(0, 0), (10, 1000), (12.3, 1230), (100, 10_000)])
def test_a_holdout_is_about_its_share(pct: float, expected: int) -> None:
    out = sum(held_out("c", pct, f"s{k}") for k in range(10_000))
    assert abs(out - expected) <= 100


def test_who_is_held_out_of_a_small_share_is_held_out_of_a_larger_one() -> None:
    shoppers = [f"s{k}" for k in range(500)]
    small, large = ({s for s in shoppers if held_out("c", pct, s)} for pct in (10, 30))
    assert small < large


def test_variants_share_by_weight_and_stay_the_same() -> None:
    picked = Counter(pick("c", [1, 3], f"s{k}") for k in range(10_000))
    assert abs(picked[0] - 2500) <= 150
    assert pick("c", [1, 3], "s1") == pick("c", [10, 30], "s1")
    assert pick("c", [5], "anyone") == 0
