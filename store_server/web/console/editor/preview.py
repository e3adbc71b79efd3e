"""How a campaign's words look on a locked phone and in the inbox, with what gets cut (campaigns/lint/texts). Pure."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from campaigns.lint.texts import LOCK_SCREEN_BODY, LOCK_SCREEN_TITLE
from campaigns.message import Text, words
from store_server.web.console.editor.fields import Fields
from store_server.web.console.editor.messages import OWN, TEXTS, VARIANTS, numbers
from store_server.web.design.language import Language

_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
"""What binds the character after or before it: zero-width joiner, variation selectors."""
_SKIN = range(0x1F3FB, 0x1F400)


@dataclass(frozen=True, slots=True)
class Cut:
    """A text as far as it is shown, and what is not."""

    shown: str
    rest: str


@dataclass(frozen=True, slots=True)
class Preview:
    """One variant's words in one language, as a phone cuts them and as the inbox shows them whole."""

    row: str
    """Where its texts stand in the form."""
    label: str
    locale: str
    title: Cut
    body: Cut
    inbox: tuple[str, str]
    sms: str | None


def previews(
    form: Fields, language: Language, messages: Sequence[tuple[str, str]] | None = None
) -> list[Preview]:
    """Return a preview of each text that has any words, the campaign's own first."""
    return [
        _preview(row, label, locale, text)
        for prefix, name in messages or _messages(form, language)
        for row, label, locale, text in _texts(form, prefix, name, language)
    ]


def cut(text: str, most: int) -> Cut:
    """Cut after `most` characters, never inside one that is drawn as several."""
    if len(text) <= most:
        return Cut(text, "")
    place = most
    while 0 < place < len(text) and _binds(text[place - 1], text[place]):
        place -= 1
    return Cut(text[:place], text[place:])


def _preview(row: str, label: str, locale: str, text: Text) -> Preview:
    title, body, _ = words(text, "push", {})
    sms = words(text, "sms", {}).body if "sms" in text.own else None
    whole = title or ""
    return Preview(
        row, label, locale, cut(whole, LOCK_SCREEN_TITLE), cut(body, LOCK_SCREEN_BODY), (whole, body), sms
    )


def _messages(form: Fields, language: Language) -> Iterator[tuple[str, str]]:
    yield OWN, ""
    for n in numbers(form, VARIANTS, "id"):
        name = language.say("Variant %(id)s", id=form[f"{VARIANTS}.{n}.id"])
        yield f"{VARIANTS}.{n}.{OWN}", name


def _texts(form: Fields, prefix: str, name: str, language: Language) -> Iterator[tuple[str, str, str, Text]]:
    rows = numbers(form, prefix, "locale")
    for n in rows:
        said: Mapping[str, str] = {key: form.get(f"{prefix}.{n}.{key}", "") for key in TEXTS}
        if not any(said.values()) and n != rows[0]:
            continue
        locale = form[f"{prefix}.{n}.locale"]
        own = {key: said[key] for key in ("sms", "webhook") if said[key]}
        label = f"{name}, {locale}" if name else locale
        yield f"{prefix}.{n}", label, locale, Text(said["title"], said["body"], said["link"] or None, own)


def _binds(before: str, after: str) -> bool:
    return (
        after in _JOINERS or before == "\u200d" or bool(unicodedata.combining(after)) or ord(after) in _SKIN
    )
