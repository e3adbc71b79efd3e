import pytest

from campaigns.lint.locales import is_locale
from tests.campaigns.lint.found import EN_IT, fine, found, kinds, plan_file
from tests.campaigns.worlds import PLAN

EN = {"en": EN_IT["en"]}


@pytest.mark.parametrize("text", ["en", "it-IT", "pt_BR", "zh-Hant-TW", "es-419", "nds"])
def test_locales_that_phones_report(text: str) -> None:
    assert is_locale(text)


@pytest.mark.parametrize("text", ["", "english", "xx", "EN", "en-uk", "en-", "it IT"])
def test_locales_that_nobody_asks_for(text: str) -> None:
    assert not is_locale(text)


def test_an_unknown_locale_is_told_in_plan_and_campaign() -> None:
    plans = [plan_file(text=PLAN.replace("locale: it", "locale: italian"))]
    assert kinds(fine(), plans=plans) == [("warning", "missing-locale"), ("warning", "unknown-locale")]
    odd = EN_IT | {"eng-land": EN_IT["en"]}
    assert found(fine(message=odd)) == [("warning", "unknown-locale", "c.yaml", "'eng-land'")]


def test_the_stores_locale_has_to_be_written() -> None:
    assert found(fine(message=EN)) == [("warning", "missing-locale", "c.yaml", "only 'en'")]
    assert kinds(fine(message=EN), plans=[]) == []


def test_a_variant_replaces_the_whole_message() -> None:
    variants = [{"id": "a", "weight": 1}, {"id": "b", "weight": 1, "message": EN}]
    assert kinds(fine(variants=variants)) == [("warning", "missing-locale"), ("warning", "missing-locale")]
    full = [{"id": k, "weight": 1, "message": {"it": {"title": k, "body": k}}} for k in "ab"]
    assert kinds(fine(message={"it": EN_IT["it"]}, variants=full)) == []
