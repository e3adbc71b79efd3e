"""Who is held out and who gets which variant: shares by hash, the same for ever (SPEC 5, "Shares")."""

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import ceil

SPAN = 1 << 64
"""Values of the 8 bytes that stand for u in [0, 1)."""

GLOBAL = "*"
"""Stands for the campaign where the whole chain's holdout is drawn."""


def draw(campaign: str, purpose: str, shopper: str) -> int:
    """Return u * 2^64: first 8 bytes, big-endian, of SHA-256 over `{campaign}:{purpose}:{shopper}`."""
    digest = hashlib.sha256(f"{campaign}:{purpose}:{shopper}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


@lru_cache(maxsize=1024)
def _threshold(pct: float) -> int:
    """Return the first draw that is not in the share."""
    # The share as it was written: 12.3 means 123/1000, not the nearest binary number.
    return ceil(Fraction(str(pct)) * SPAN / 100)


def held_out(campaign: str, pct: float, shopper: str) -> bool:
    """Say whether a shopper is in the share of `pct` percent that a campaign holds out."""
    return pct > 0 and draw(campaign, "holdout", shopper) < _threshold(pct)


def pick(campaign: str, weights: Sequence[int], shopper: str) -> int:
    """Return the index of the shopper's variant: the first whose cumulative weight exceeds u times the sum."""
    target = draw(campaign, "variant", shopper) * sum(weights)
    cumulative = 0
    for index, weight in enumerate(weights):
        cumulative += weight
        if cumulative * SPAN > target:
            return index
    raise AssertionError("u is below 1, so the whole sum exceeds its share")
