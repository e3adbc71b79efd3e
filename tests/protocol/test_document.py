"""YAML 1.2 and JSON as written: what other readers take for something else."""

import pytest

from protocol.document import read_document
from protocol.errors import BadInput


def refused(text: str, source: str = "a.yaml") -> str:
    with pytest.raises(BadInput) as fault:
        read_document(text, source)
    return str(fault.value)


def test_the_line_breaks_of_yaml_1_1_are_text() -> None:
    text = 'body: plain\N{LINE SEPARATOR}text\nsaid: "a\N{NEXT LINE}b\N{PARAGRAPH SEPARATOR}"\n"k\N{NEXT LINE}": 1\n'
    document = read_document(text, "a.yaml")
    assert document.value == {
        "body": "plain\N{LINE SEPARATOR}text",
        "said": "a\N{NEXT LINE}b\N{PARAGRAPH SEPARATOR}",
        "k\N{NEXT LINE}": 1,
    }
    assert document.line(("said",)) == 2


def test_a_line_is_counted_by_the_breaks_of_yaml_1_2() -> None:
    assert refused("a: one\N{LINE SEPARATOR}two\nb: c: d\n").startswith("a.yaml:2: ")


@pytest.mark.parametrize("text", ["!!int a: 1", "!mine a: 1", "a: !!int 1"])
def test_a_tag_is_refused_on_a_key_too(text: str) -> None:
    assert "plain values without tags" in refused(text)


def test_json_has_no_nan_and_no_infinity_but_as_words() -> None:
    text = '{"a": "NaN",\n "b": [NaN,\n -Infinity]}'
    assert [(fault.line, fault.got) for fault in read_document(text, "a.json").faults] == [
        (2, "NaN"),
        (3, "-Infinity"),
    ]
    assert read_document('{"a": "NaN \\" Infinity"}', "a.json").faults == ()


@pytest.mark.parametrize(("text", "source"), [("a: -1e999", "a.yaml"), ('{"a": -1e999}', "a.json")])
def test_a_number_beyond_all_is_text(text: str, source: str) -> None:
    assert read_document(text, source).value == {"a": "-1e999"}
