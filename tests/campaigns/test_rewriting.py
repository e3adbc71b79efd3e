"""A document changed where it stands: what cannot be read back after the change is written anew."""

import pytest

from campaigns.rewriting import rewritten, written
from protocol.document import read_document


def test_a_last_line_without_an_end_gets_one() -> None:
    assert rewritten("id: a\nname: A", {"id": "a", "name": "B"}, "c.yaml") == "id: a\nname: B\n"


@pytest.mark.parametrize(
    "text",
    [
        "{id: a,\n name: A}\n",
        "id: a\nname: &n A\nother: *n\n",
        "id: a\nname: >\n  A\n  long\n",
        "id: a\nname: [A,\n  B]\n",
        "id: a\nname: {x: 1,\n  y: 2}\n",
    ],
)
def test_whatever_the_style_was_the_value_reads_back(text: str) -> None:
    before = read_document(text, "c.yaml").value
    for key in (*before, "new"):
        value = {**before, key: "changed"}
        assert read_document(rewritten(text, value, "c.yaml"), "c.yaml").value == value
    assert read_document(written(before), "c.yaml").value == before
