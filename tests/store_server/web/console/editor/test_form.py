"""The law of the editor: a document opened and saved unchanged is the same document."""

from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.document import campaign_from_document, read_campaign
from campaigns.layout import LAYOUT
from protocol.document import Document, read_document
from protocol.rewriting import rewritten
from protocol.writing import same, written
from store_server.web.console.editor.audience import read_values, values_text
from store_server.web.console.editor.form import applied, opened, reshaped
from tests.reference.campaign_scenarios import Setting, random_campaign
from tests.store_server.web.console.sample import CAMPAIGNS

SETTING = Setting(
    5, ["milan", "rome"], ["shoes", "till"], ["10:00-12:00", "22:00-02:00"], date(2026, 11, 3), 2
)

documents = st.integers(0, 1_000_000).map(lambda seed: random_campaign(Random(seed), "c-1", SETTING))
"""Valid campaign documents, every part of SPEC 3 in some of them."""
words = st.text(min_size=1, max_size=60).filter(lambda text: text.strip("\r\n\0") == text)


def read(value: dict[str, Any]) -> object:
    return campaign_from_document(Document(value, "c.yaml", {}))


def shoes() -> dict[str, Any]:
    value: dict[str, Any] = read_document(CAMPAIGNS["shoes-help"], "shoes-help").value
    return value


@settings(max_examples=150, deadline=None)
@given(documents)
def test_a_document_opened_and_saved_unchanged_is_equal(value: dict[str, Any]) -> None:
    read(value)
    assert same(applied(value, value, opened(value)).value, value)


@settings(max_examples=100, deadline=None)
@given(documents)
def test_the_form_says_all_there_is_to_say(value: dict[str, Any]) -> None:
    """A campaign made of the form alone, on an empty document, means the same."""
    blank = {"version": 1, "status": value["status"], "stores": "*"}
    assert read(applied(blank, blank, opened(value)).value) == read(value)


@settings(max_examples=100, deadline=None)
@given(documents, documents)
def test_a_changed_document_is_written_as_what_it_says(before: dict[str, Any], after: dict[str, Any]) -> None:
    text = written(before, LAYOUT)
    assert read_document(text, "c.yaml").value == before
    assert read_document(rewritten(text, after, "c.yaml", LAYOUT), "c.yaml").value == after
    assert rewritten(text, before, "c.yaml", LAYOUT) == text


@settings(max_examples=100, deadline=None)
@given(words, words)
def test_any_words_survive_the_form_and_the_file(title: str, body: str) -> None:
    value = shoes()
    value["message"]["it"] = {"title": title, "body": body}
    value["name"] = title
    assert same(applied(value, value, opened(value)).value, value)
    assert same(read_document(written(value, LAYOUT), "c.yaml").value["message"], value["message"])


@given(
    st.lists(
        st.text(max_size=12)
        | st.integers()
        | st.booleans()
        | st.floats(allow_nan=False, allow_infinity=False)
    )
)
def test_values_of_a_condition_read_back_as_they_were(values: list[Any]) -> None:
    assert same(read_values(values_text(values, typed=True), typed=True), values)


@pytest.mark.parametrize(
    "odd",
    [
        {"not": {"not": {"field": "tier", "op": "eq", "value": "gold"}}},
        {"field": "tier", "op": "in", "value": ["gold, or not", ' "quoted" ', "platinum"]},
        {"field": "attributes.n", "op": "in", "value": ["1", 1, True, "true", 2.50]},
        {"purchased": {"tag": None, "within_days": 30.0}},
        {"any": [{"all": [{"not": {"any": [{"visits": {}}]}}]}, {"visited_zone": {}}]},
    ],
)
def test_odd_audiences_stay_when_something_else_is_changed(odd: dict[str, Any]) -> None:
    value = shoes() | {"audience": {"all": [odd, {"visits": {"at_least": 2}}]}}
    form = opened(value) | {"audience.1.what": "3", "priority": "7"}
    made = applied(value, value, form).value
    assert same(made["audience"], {"all": [odd, {"visits": {"at_least": 3}}]})
    assert made["priority"] == 7


def test_only_what_is_changed_is_written_and_remarks_stay() -> None:
    text = CAMPAIGNS["shoes-help"].replace("priority: 80", "# agreed with Milan\npriority: 80  # high")
    value = read_document(text, "c").value
    form = opened(value) | {"message.1.title": "Possiamo aiutare? 👟", "limits.total": ""}
    changed = rewritten(text, applied(value, value, form).value, "c", LAYOUT)
    assert "# agreed with Milan\npriority: 80  # high\n" in changed
    before, after = set(text.splitlines()), set(changed.splitlines())
    assert [line.split(":")[0].strip() for line in sorted(before - after)] == ["it", "limits"]
    assert read_campaign(changed, "c").message.texts["it"].title == "Possiamo aiutare? 👟"


def test_another_moment_takes_along_only_what_fits_it() -> None:
    value = shoes() | {"cancel_on_exit": True}
    form = opened(value)
    leaving = applied(value, value, form | {"trigger.on": "leave"}).value
    assert leaving["trigger"] == {"on": "leave"}
    assert "cancel_on_exit" not in leaving
    back = {key: text for key, text in opened(leaving).items() if not key.startswith("trigger.after_s")}
    staying = applied(leaving, leaving, back | {"trigger.on": "dwell", "trigger.zone": "shoes"}).value
    assert staying["trigger"] == {"on": "dwell", "zone": "shoes", "after_s": 60}


def test_spans_are_shown_in_the_unit_people_say() -> None:
    form = opened(shoes())
    assert (form["limits.cooldown_s"], form["limits.cooldown_s.unit"]) == ("7", "d")
    assert (form["trigger.after_s"], form["trigger.after_s.unit"]) == ("90", "s")
    changed = form | {"limits.cooldown_s": "1,5", "limits.cooldown_s.unit": "h"}
    assert applied(shoes(), shoes(), changed).value["limits"]["cooldown_s"] == 5400


def test_conditions_groups_languages_and_variants_come_and_go() -> None:
    value = shoes()
    form = reshaped(opened(value), "group:audience")
    form = reshaped(form, "condition:audience.2")
    form |= {"audience.2.0.value": "gold", "audience.2.1.kind": "visited_zone", "audience.2.1.zone": "till"}
    form = reshaped(reshaped(form, "drop-condition:audience.0") | {"message.new": "fr"}, "locale:message")
    form |= {"message.2.title": "Besoin d'aide ?", "message.2.body": "Anna est libre."}
    form = reshaped(reshaped(form, "drop:message.0"), "variant:variants")
    made = applied(value, value, form).value
    group = {"any": [{"field": "tier", "op": "in", "value": ["gold"]}, {"visited_zone": {"zone": "till"}}]}
    assert made["audience"] == {"all": [{"visits": {"at_least": 2, "within_days": 30}}, group]}
    assert list(made["message"]) == ["it", "fr"]
    assert made["variants"][0]["message"] == made["message"]
    read(made)
    assert "variants" not in applied(value, value, reshaped(form, "drop:variants.0")).value
