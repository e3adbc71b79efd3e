"""One-time codes: one a shopper and campaign, from a pool or by a pattern, never the same to two.

A pattern such as `SHOES-####-####` is filled by HMAC-SHA256 (RFC 2104) in Crockford's base 32, whose letters are not
mistaken for digits; the last # is a check character (Luhn mod 32), so that a till refuses a typing error by itself.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SPAN = len(ALPHABET)
PLACE = "#"
FEWEST_PLACES = 7
"""Six random characters are a thousand million codes: nobody guesses one that was issued."""
ATTEMPTS = 64
"""A pattern whose codes are taken so often in a row has run out."""
ATTRIBUTE = "coupon"
"""`{coupon|...}` in a message is the shopper's code."""

SLOT = f"{{{ATTRIBUTE}|"

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


class Issuer(Protocol):
    """Who gives a shopper the code that goes into a message, in the transaction that decides it."""

    def code(self, campaign: str, shopper: str) -> str | None:
        """Return the shopper's code, issued now if there was none; None where the campaign has none to give."""
        ...


class CouponLedger(Protocol):
    """Which codes a campaign has issued, over all shoppers."""

    def code_of(self, campaign: str, shopper: str) -> str | None:
        """Return the code a shopper already has."""
        ...

    def claim(self, campaign: str, shopper: str, code: str) -> bool:
        """Give the code to the shopper unless anybody has it; all claims of a campaign are one after another."""
        ...


class Codes(Protocol):
    """Where codes come from."""

    def candidates(self, campaign: str, shopper: str) -> Iterable[str]:
        """Return codes to try, in order: a pool's free ones, or a pattern filled for this shopper."""
        ...


@dataclass(frozen=True, slots=True)
class Pattern:
    """Codes made from a secret; the same shopper and campaign always give the same ones, in the same order."""

    text: str
    secret: bytes

    def __post_init__(self) -> None:
        if self.text.count(PLACE) < FEWEST_PLACES:
            raise ValueError(f"a pattern with at least {FEWEST_PLACES} {PLACE} expected, got {self.text!r}")

    def candidates(self, campaign: str, shopper: str) -> Iterator[str]:
        for attempt in range(ATTEMPTS):
            # Lengths keep ("a", "b:c") and ("a:b", "c") apart.
            text = f"{len(campaign)}:{campaign}:{len(shopper)}:{shopper}:{attempt}"
            digest = hmac.digest(self.secret, text.encode(), hashlib.sha256)
            yield self._written(int.from_bytes(digest))

    def _written(self, number: int) -> str:
        characters = []
        for _ in range(self.text.count(PLACE) - 1):
            number, digit = divmod(number, SPAN)
            characters.append(ALPHABET[digit])
        characters.append(check_character("".join(characters)))
        filled = iter(characters)
        return "".join(next(filled) if place == PLACE else place for place in self.text)

    def accepts(self, code: str) -> bool:
        """Say whether a code that somebody typed may be one of this pattern; whether it was issued is the ledger's."""
        typed = code.strip().upper()
        if len(typed) != len(self.text):
            return False
        characters = []
        for place, character in zip(self.text, typed, strict=True):
            if place == PLACE:
                characters.append(character.translate(_READ_AS))
            elif place.upper() != character:
                return False
        known = all(character in ALPHABET for character in characters)
        return known and check_character("".join(characters[:-1])) == characters[-1]


def check_character(characters: str) -> str:
    """Return the Luhn mod 32 check character: any one wrong character shows, and nearly every swap of neighbours."""
    total = 0
    for k, character in enumerate(reversed(characters)):
        value = ALPHABET.index(character)
        if k % 2 == 0:
            value = sum(divmod(2 * value, SPAN))
        total += value
    return ALPHABET[-total % SPAN]


def issue(codes: Codes, ledger: CouponLedger, campaign: str, shopper: str) -> str | None:
    """Return the shopper's code for a campaign, issuing one if there is none yet; None where all are gone."""
    have = ledger.code_of(campaign, shopper)
    if have is not None:
        return have
    for code in codes.candidates(campaign, shopper):
        if ledger.claim(campaign, shopper, code):
            return code
    return None


def with_coupon(attributes: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Return a shopper's attributes with the code among them, for `{coupon|...}` in the words of one message."""
    return {**attributes, ATTRIBUTE: code}
