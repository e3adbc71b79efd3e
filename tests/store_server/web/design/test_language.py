import re

import pytest

from store_server.web.design.language import Language, choose_language, load_languages, read_po
from tests.store_server.web.design.texts import texts_in_code, texts_in_templates

PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def used() -> set[str]:
    return {*texts_in_templates(), *texts_in_code()}


def test_every_text_of_pages_and_code_is_in_italian() -> None:
    assert used() - set(load_languages()["it"].texts) == set()


def test_no_translation_outlives_its_text() -> None:
    assert set(load_languages()["it"].texts) - {""} - used() == set()


def test_a_translation_names_no_value_that_its_text_does_not_have() -> None:
    for english, forms in load_languages()["it"].texts.items():
        for form in forms:
            assert set(PLACEHOLDER.findall(form)) <= set(PLACEHOLDER.findall(english)), english


@pytest.mark.parametrize(
    ("wished", "header", "code"),
    [
        ("it", "en-GB,en;q=0.9", "it"),
        (None, "it-CH,it;q=0.9,en;q=0.8", "it"),
        (None, "fr-FR,en;q=0.5", "en"),
        ("klingon", "", "en"),
        (None, "", "en"),
    ],
)
def test_the_readers_own_choice_wins_then_the_browser(wished: str | None, header: str, code: str) -> None:
    assert choose_language(wished, header) == code


def test_a_catalogue_reads_plurals_and_texts_over_several_lines() -> None:
    texts = read_po(
        [
            'msgid ""',
            'msgstr ""',
            '"Language: it\\n"',
            'msgid "one "',
            '"text"',
            'msgstr "un "',
            '"testo"',
            'msgid "%(n)s day"',
            'msgid_plural "%(n)s days"',
            'msgstr[0] "%(n)s giorno"',
            'msgstr[1] "%(n)s giorni"',
            'msgid "untranslated"',
            'msgstr ""',
        ]
    )
    italian = Language("it", texts)
    assert italian.gettext("one text") == "un testo"
    assert italian.count("%(n)s day", "%(n)s days", 1) == "1 giorno"
    assert italian.count("%(n)s day", "%(n)s days", 3) == "3 giorni"
    assert italian.gettext("untranslated") == "untranslated"
