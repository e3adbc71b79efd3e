"""How many SMS a text takes (3GPP TS 23.038, 6.2.1: GSM 7 bit default alphabet and its extension; TS 23.040: parts)."""

from typing import NamedTuple

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Each takes two places: an escape and itself."""

ONE_GSM7, PART_GSM7 = 160, 153
"""Places in a single SMS, and in each part of a longer text, which carries a header."""
ONE_UCS2, PART_UCS2 = 70, 67


class SmsSize(NamedTuple):
    """What a text costs: parts, places taken, and the character that keeps it from the 7 bit alphabet."""

    parts: int
    places: int
    foreign: str | None


def sms_size(text: str) -> SmsSize:
    """Return how a text is cut into SMS."""
    foreign = next((char for char in text if char not in _BASIC and char not in _EXTENDED), None)
    if foreign is None:
        places = len(text) + sum(char in _EXTENDED for char in text)
        return SmsSize(_parts(places, ONE_GSM7, PART_GSM7), places, None)
    places = len(text.encode("utf-16-be")) // 2
    return SmsSize(_parts(places, ONE_UCS2, PART_UCS2), places, foreign)


def _parts(places: int, one: int, part: int) -> int:
    return 1 if places <= one else -(-places // part)
