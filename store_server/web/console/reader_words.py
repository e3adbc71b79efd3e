"""What the readers of plans and campaigns say of a document, in the reader's language: templates with parameters, matched.

The readers speak English to the command line and know no catalogue; what is not known here is shown as they said it.
"""

import re
from functools import lru_cache

from store_server.web.console.words import marked
from store_server.web.design.language import Language

EXPECTED = (
    marked("%(what)s as a mapping"),
    marked("'%(key)s' in %(what)s"),
    marked("'%(key)s' in %(what)s, such as %(like)s"),
    marked("'%(key)s' in %(what)s, by locale: %(like)s"),
    marked("%(key)s as text"),
    marked("%(key)s as text that is not empty"),
    marked("%(key)s of at most %(n)s characters"),
    marked("%(key)s as Unicode text"),
    marked("%(key)s of letters, digits and dashes, at most 63"),
    marked("%(key)s of lower-case letters, digits and dashes, at most 63"),
    marked("%(key)s as one of %(options)s"),
    marked("%(key)s as a whole number from %(low)s to %(high)s"),
    marked("%(key)s as a number from %(low)s to %(high)s"),
    marked("version %(n)s"),
    marked("%(key)s as true or false"),
    marked("%(key)s as [x, y] or [x, y, z] in metres"),
    marked("%(key)s as a list"),
    marked("%(key)s as a list that is not empty"),
    marked("at most %(n)s %(key)s"),
    marked("%(key)s as a list of texts"),
    marked("only known keys in %(what)s"),
    marked("polygon as corners [x, y] in metres"),
    marked("a polygon of at least 3 corners"),
    marked("%(key)s on the floor of %(width)s x %(depth)s m"),
    marked("a zone of this plan"),
    marked("each %(what)s once in %(key)s"),
    marked("a tag UUID that no fixed beacon uses"),
    marked("%(key)s of at least %(other)s (%(s)s s)"),
    marked("at most %(n)s characters"),
    marked("at most %(n)s levels"),
    marked("well-formed YAML"),
    marked("well-formed JSON"),
    marked("printable text"),
    marked("the key '%(key)s' once"),
    marked("a UUID such as 8c18b6a9-5f4c-4d5f-9f1e-0a6e0b8f2d10"),
    marked('hours such as "09:00-17:30"'),
    marked("a start from 00:00 to 23:59"),
    marked("an end from 00:00 to 24:00"),
    marked("an end that differs from the start"),
    marked("a time zone such as Europe/Rome"),
    marked("a day such as 2026-11-01"),
    marked("a condition"),
    marked("one key a condition"),
    marked("a condition: field, %(options)s"),
    marked("at most %(n)s conditions"),
    marked("tier, tags, locale or attributes.<name>"),
    marked("no value with exists"),
    marked("at most %(n)s values"),
    marked("a list of texts, numbers or booleans"),
    marked("a text, number or boolean with %(op)s"),
    marked("a text or number with %(op)s"),
    marked("an op for text (%(name)s is one text)"),
    marked("contains, contains_any or exists (tags is a list)"),
    marked("text (%(name)s holds text)"),
    marked("cancel_on_exit with enter or dwell only"),
    marked('store ids, or "*"'),
    marked("no %(key)s with %(on)s"),
    marked("channels out of %(options)s"),
    marked("%(key)s once"),
    marked("each variant id once"),
    marked("each campaign id once"),
    marked("a message in at least one locale"),
    marked("a last day not before the first, %(day)s"),
    marked("days out of %(options)s"),
    marked("a deadline beyond the stores' arbitration of %(s)s s"),
    marked("a file based on revision %(n)s of %(name)s, which runs"),
    marked("each id once"),
    marked("stores out of %(options)s"),
)
GOT = (
    marked("nothing"),
    marked("none"),
    marked("more"),
    marked("a mapping"),
    marked("an empty mapping"),
    marked("a list of %(n)s"),
    marked("an empty list"),
    marked("half a surrogate pair"),
    marked("it twice"),
    marked("it with %(on)s"),
    marked("%(got)s (did you mean '%(word)s'?)"),
    marked("%(got)s again (line %(n)s)"),
    marked("%(got)s again"),
    marked("something else: %(what)s"),
    marked("one based on revision %(n)s"),
    marked("others, or all"),
    marked("a tab (indent with spaces)"),
    marked("the character %(code)s"),
)
PARTS = (
    marked("a beacon"),
    marked("a condition on a field"),
    marked("a gateway"),
    marked("a tag"),
    marked("a variant"),
    marked("a zone"),
    marked("the campaign"),
    marked("the plan"),
    marked("the message in '%(locale)s'"),
)
"""What a document is made of, inside the others."""

_SLOT = re.compile(r"%\((\w+)\)s")


def told(text: str, language: Language) -> str:
    """Return what a reader said, in a language; as it was said where no template fits."""
    if language.code == "en":
        return text
    for pattern, template in _patterns():
        if found := pattern.fullmatch(text):
            return language.say(
                template, **{name: told(part, language) for name, part in found.groupdict().items()}
            )
    return text


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return every template as a pattern, those that say most by themselves first."""
    templates = sorted((*EXPECTED, *GOT, *PARTS), key=lambda one: -len(_SLOT.sub("", one)))
    return tuple((_pattern(one), one) for one in templates)


def _pattern(template: str) -> re.Pattern[str]:
    parts = _SLOT.split(template)
    written = (f"(?P<{part}>.+?)" if k % 2 else re.escape(part) for k, part in enumerate(parts))
    return re.compile("".join(written), re.DOTALL)
