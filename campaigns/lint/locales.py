"""Locales nobody asks for, stores whose locale is not written, variants that leave one out (SPEC 3, locale)."""

import re
from collections.abc import Iterator

from campaigns.document import Campaign
from campaigns.lint.chain import Chain
from campaigns.lint.finding import Finding, warning
from campaigns.lint.words import messages, written

_LANGUAGES = frozenset(
    [
        "aa",
        "ab",
        "ae",
        "af",
        "ak",
        "am",
        "an",
        "ar",
        "as",
        "av",
        "ay",
        "az",
        "ba",
        "be",
        "bg",
        "bh",
        "bi",
        "bm",
        "bn",
        "bo",
        "br",
        "bs",
        "ca",
        "ce",
        "ch",
        "co",
        "cr",
        "cs",
        "cu",
        "cv",
        "cy",
        "da",
        "de",
        "dv",
        "dz",
        "ee",
        "el",
        "en",
        "eo",
        "es",
        "et",
        "eu",
        "fa",
        "ff",
        "fi",
        "fj",
        "fo",
        "fr",
        "fy",
        "ga",
        "gd",
        "gl",
        "gn",
        "gu",
        "gv",
        "ha",
        "he",
        "hi",
        "ho",
        "hr",
        "ht",
        "hu",
        "hy",
        "hz",
        "ia",
        "id",
        "ie",
        "ig",
        "ii",
        "ik",
        "io",
        "is",
        "it",
        "iu",
        "ja",
        "jv",
        "ka",
        "kg",
        "ki",
        "kj",
        "kk",
        "kl",
        "km",
        "kn",
        "ko",
        "kr",
        "ks",
        "ku",
        "kv",
        "kw",
        "ky",
        "la",
        "lb",
        "lg",
        "li",
        "ln",
        "lo",
        "lt",
        "lu",
        "lv",
        "mg",
        "mh",
        "mi",
        "mk",
        "ml",
        "mn",
        "mr",
        "ms",
        "mt",
        "my",
        "na",
        "nb",
        "nd",
        "ne",
        "ng",
        "nl",
        "nn",
        "no",
        "nr",
        "nv",
        "ny",
        "oc",
        "oj",
        "om",
        "or",
        "os",
        "pa",
        "pi",
        "pl",
        "ps",
        "pt",
        "qu",
        "rm",
        "rn",
        "ro",
        "ru",
        "rw",
        "sa",
        "sc",
        "sd",
        "se",
        "sg",
        "si",
        "sk",
        "sl",
        "sm",
        "sn",
        "so",
        "sq",
        "sr",
        "ss",
        "st",
        "su",
        "sv",
        "sw",
        "ta",
        "te",
        "tg",
        "th",
        "ti",
        "tk",
        "tl",
        "tn",
        "to",
        "tr",
        "ts",
        "tt",
        "tw",
        "ty",
        "ug",
        "uk",
        "ur",
        "uz",
        "ve",
        "vi",
        "vo",
        "wa",
        "wo",
        "xh",
        "yi",
        "yo",
        "za",
        "zh",
        "zu",
    ]
)
"""ISO 639-1; a language of three letters is taken at its word."""

_LOCALE = re.compile(r"([a-z]{2,3})([-_][A-Z][a-z]{3})?([-_]([A-Z]{2}|[0-9]{3}))?", re.ASCII)
"""BCP 47 as far as phones report it: language, script, region, in their usual case."""

EXPECTED = "a locale such as en, it or pt-BR"


def is_locale(text: str) -> bool:
    """Say whether a phone may report this locale."""
    found = _LOCALE.fullmatch(text)
    return found is not None and (len(found[1]) == 3 or found[1] in _LANGUAGES)


def locales(chain: Chain) -> Iterator[Finding]:
    for file in chain.plans:
        plan = file.plan
        if not is_locale(plan.locale):
            yield file.warning("unknown-locale", ("store", "locale"), EXPECTED, repr(plan.locale))
    for campaign in chain.judged:
        for one in written(campaign):
            if not is_locale(one.locale):
                yield warning("unknown-locale", (campaign, one.path), EXPECTED, repr(one.locale))
        yield from _store_locales(campaign, chain)
        yield from _left_out(campaign)


def _store_locales(campaign: Campaign, chain: Chain) -> Iterator[Finding]:
    """Find messages without the locale that a store falls back to."""
    for path, message in messages(campaign):
        missing = {plan.locale: plan.id for plan in reversed(chain.stores_of(campaign))}
        for locale, store in sorted(missing.items()):
            if locale not in message.texts:
                expected = f"words in {locale!r}, the locale of {store}"
                got = f"only {', '.join(map(repr, message.texts))}"
                yield warning("missing-locale", (campaign, path), expected, got)


def _left_out(campaign: Campaign) -> Iterator[Finding]:
    """Find variants without a locale that the campaign's message has: a variant replaces it whole."""
    for k, variant in enumerate(campaign.variants):
        if variant.message is None:
            continue
        for locale in campaign.message.texts.keys() - variant.message.texts.keys():
            where = (campaign, ("variants", k, "message"))
            expected = f"words in {locale!r} as in the campaign's own message"
            yield warning("missing-locale", where, expected, "none, and a variant replaces all of it")
