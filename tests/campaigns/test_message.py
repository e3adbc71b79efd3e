"""Which words a shopper reads (SPEC 3: locale, templating, a channel's own text)."""

from typing import Any

import pytest

from campaigns.message import Message, Text, fill, words


def message(*locales: str) -> Message:
    return Message({locale: Text(locale, "B") for locale in locales})


@pytest.mark.parametrize(
    ("shopper", "store", "locales", "expected"),
    [
        ("it-CH", "en", ("en", "it", "it-CH"), "it-CH"),
        ("it-CH", "en", ("en", "it"), "it"),
        ("it_CH", "en", ("en", "it"), "it"),
        ("fr", "en", ("it", "en"), "en"),
        ("fr", "de", ("it", "en"), "it"),
        (None, "en", ("it", "en"), "en"),
        ("IT", "en", ("en", "it"), "en"),
    ],
)
def test_exactly_then_language_then_store_then_first(
    shopper: str | None, store: str, locales: tuple[str, ...], expected: str
) -> None:
    assert message(*locales).text(shopper, store).title == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Ann", "Ann"),
        ("", "you"),
        (7, "7"),
        (7.5, "you"),
        (7.0, "you"),
        (True, "you"),
        (None, "you"),
        ("{n|x}", "{n|x}"),
    ],
)
def test_an_attribute_is_put_in_once_and_unparsed(value: Any, expected: str) -> None:
    assert fill("Hi {n|you}!", {"n": value}) == f"Hi {expected}!"


def test_other_braces_are_text() -> None:
    assert fill("{} {n} {n-m|x} {{n|}} {é|x} {n|a{b}", {"n": "N"}) == "{} {n} {n-m|x} {N} {é|x} {n|a{b}"


def test_a_channels_own_text_has_no_title_and_links_are_not_templates() -> None:
    text = Text("T {n|}", "B {n|}", "https://x/{n|}", {"sms": "S {n|}"})
    assert words(text, "sms", {"n": 1}) == (None, "S 1", "https://x/{n|}")
    assert words(text, "push", {"n": 1}) == ("T 1", "B 1", "https://x/{n|}")
