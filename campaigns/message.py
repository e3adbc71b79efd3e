"""The words of a message: locale, `{name|default}`, and the text a channel carries (SPEC 3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from protocol.reading import Reader

OWN_TEXT_CHANNELS = ("sms", "webhook")
"""Channels that may carry a text of their own instead of title and body."""

_SLOT = re.compile(r"\{([A-Za-z0-9_]+)\|([^{}]*)\}", re.ASCII)


class Words(NamedTuple):
    """What a channel shows; no title where a channel's own text goes."""

    title: str | None
    body: str
    link: str | None


@dataclass(frozen=True, slots=True)
class Text:
    """One locale's texts, with their `{name|default}` slots."""

    title: str
    body: str
    link: str | None = None
    own: Mapping[str, str] = field(default_factory=dict)
    """Channel -> its own text."""

    def holds(self, part: str) -> bool:
        """Say whether any of the texts has this part in it."""
        return any(part in text for text in (self.title, self.body, *self.own.values()))


@dataclass(frozen=True, slots=True)
class Message:
    """The texts by locale, in document order."""

    texts: Mapping[str, Text]

    def text(self, shopper_locale: str | None, store_locale: str) -> Text:
        """Choose exactly the shopper's locale, then its language, then the store's, then the first listed."""
        wanted = [store_locale]
        if shopper_locale:
            wanted = [shopper_locale, re.split("[-_]", shopper_locale)[0], store_locale]
        for locale in wanted:
            if locale in self.texts:
                return self.texts[locale]
        return next(iter(self.texts.values()))


def fill(text: str, attributes: Mapping[str, Any]) -> str:
    """Put a shopper's attributes into `{name|default}`: once and unparsed; other braces are text."""
    if "{" not in text:
        return text
    return _SLOT.sub(lambda slot: _attribute(attributes.get(slot[1]), slot[2]), text)


def _attribute(value: Any, default: str) -> str:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return default


def words(text: Text, channel: str, attributes: Mapping[str, Any]) -> Words:
    """Return a text as `channel` carries it for a shopper with these attributes."""
    own = text.own.get(channel)
    if own is not None:
        return Words(None, fill(own, attributes), text.link)
    return Words(fill(text.title, attributes), fill(text.body, attributes), text.link)


def read_message(parent: Reader) -> Message:
    """Read the texts by locale under `message`, noting every problem."""
    r = parent.child("message")
    if r is None:
        parent.missing("message", ", by locale: {en: {title: ..., body: ...}}")
        return Message({})
    locales = r.keys()
    if not locales:
        r.fault(None, "a message in at least one locale", "none")
    texts = {}
    for locale in locales:
        one = Reader(r.document, (*r.path, locale), r.problems, what=f"the message in {locale!r}")
        texts[locale] = _text(one)
    return Message(texts)


def _text(r: Reader) -> Text:
    text = Text(
        title=r.text("title"),
        body=r.text("body"),
        link=r.text("link", None),
        own={channel: r.text(channel) for channel in OWN_TEXT_CHANNELS if r.has(channel)},
    )
    r.done()
    return text
