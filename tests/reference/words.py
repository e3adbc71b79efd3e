"""What a message says and who is held out: locale, template, variants, shares (SPEC 3 and 5)."""

import hashlib
import re
from fractions import Fraction
from typing import Any

PLACE = re.compile(r"\{([A-Za-z0-9_]+)\|([^{}]*)\}")


def share(campaign: str, what: str, shopper: str) -> Fraction:
    # SPEC 5, shares: first 8 bytes, big-endian, of SHA-256(`{campaign}:holdout:{shopper}`) / 2^64
    digest = hashlib.sha256(f"{campaign}:{what}:{shopper}".encode()).digest()
    return Fraction(int.from_bytes(digest[:8], "big"), 2**64)


def held_out(campaign: str, pct: float, shopper: str) -> bool:
    # SPEC 5, shares: "held out if u < holdout_pct/100"; `*` is the global holdout's campaign
    return share(campaign, "holdout", shopper) < Fraction(pct) / 100


def variant_of(campaign: dict[str, Any], shopper: str) -> dict[str, Any] | None:
    variants = campaign.get("variants")
    if not variants:
        return None
    # SPEC 5, shares: "the first whose cumulative weight exceeds u x the sum of weights"
    total = Fraction(0)
    for variant in variants:
        total += Fraction(variant["weight"])
    reach = share(campaign["id"], "variant", shopper) * total
    cumulative = Fraction(0)
    for variant in variants:
        cumulative += Fraction(variant["weight"])
        if cumulative > reach:
            return dict(variant)
    raise AssertionError("weights cover u")


def in_locale(message: dict[str, Any], shopper: dict[str, Any], store_locale: str | None) -> dict[str, Any]:
    # SPEC 3, locale: "exactly the shopper's, then its language, then the store's, then the first listed"
    locale = shopper.get("locale")
    if locale is not None:
        if locale in message:
            return dict(message[locale])
        language = locale.split("-")[0]
        if language in message:
            return dict(message[language])
    if store_locale is not None and store_locale in message:
        return dict(message[store_locale])
    return dict(message[next(iter(message))])


def filled(text: str, shopper: dict[str, Any]) -> str:
    # SPEC 3: an attribute, "a text that is not empty or a whole number, put in once and unparsed"
    def put(match: re.Match[str]) -> str:
        value = (shopper.get("attributes") or {}).get(match[1])
        if isinstance(value, str) and value != "":
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return match[2]

    return PLACE.sub(put, text)


def words(
    campaign: dict[str, Any], shopper: dict[str, Any], store_locale: str | None, channel: str
) -> dict[str, Any]:
    """Return variant, channel, title, body and link as they go out by a channel."""
    variant = variant_of(campaign, shopper["id"])
    message = campaign.get("message")
    # SPEC 5: "A variant's message replaces the whole message; one without keeps the campaign's."
    if variant is not None and variant.get("message") is not None:
        message = variant["message"]
    assert message is not None, campaign["id"]
    chosen = in_locale(message, shopper, store_locale)
    title: str | None = filled(chosen["title"], shopper)
    body = filled(chosen["body"], shopper)
    # SPEC 3: for sms and webhook the locale's own text of that name, if given, is the body, no title
    if channel in ("sms", "webhook") and chosen.get(channel) is not None:
        title = None
        body = filled(chosen[channel], shopper)
    return {
        "variant": None if variant is None else variant["id"],
        "channel": channel,
        "title": title,
        "body": body,
        "link": chosen.get("link"),  # SPEC 3: no templating in links
    }
