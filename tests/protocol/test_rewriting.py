"""Changes made in a YAML text keep everything else as its author wrote it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.document import read_document
from protocol.rewriting import Append, Change, Put, Remove, flow, rewrite

BLOCK = """\
# our shop
version: 1
store:
  id: milan   # do not rename
  floor: {width_m: 40, depth_m: 25}
zones:
  # by the door
  - {id: entrance, name: Entrance, polygon: [[0, 0], [8, 0], [8, 6]]}  # wide
  - id: shoes
    name: "Schuhe \N{ATHLETIC SHOE}"
    # seven shelves
    polygon:
      - [20, 10]
      - [32, 10]
      - [32, 20]   # the pillar

# tags follow
tags: []
"""


def test_a_value_is_changed_where_it_stands() -> None:
    text = rewrite(BLOCK, [Put(("store", "floor", "width_m"), 41.5), Put(("zones", 0, "name"), "Way in: A")])
    assert text == BLOCK.replace("width_m: 40", "width_m: 41.5").replace(
        "name: Entrance", 'name: "Way in: A"'
    )


def test_a_block_list_gives_way_to_a_line_and_its_neighbours_keep_their_comments() -> None:
    text = rewrite(BLOCK, [Put(("zones", 1, "polygon"), [[20, 10.5], [32, 10], [32, 20]])])
    assert "polygon:\n      [[20, 10.5], [32, 10], [32, 20]]   # the pillar\n\n# tags follow" in text


def test_new_keys_stand_beside_the_old_ones() -> None:
    text = rewrite(
        BLOCK,
        [
            Put(("zones", 0, "interrupt"), "never"),
            Put(("zones", 1, "interrupt"), "never"),
            Put(("policy",), {"max_per_day": 3}),
        ],
    )
    assert "[8, 6]], interrupt: never}  # wide" in text
    assert "  - interrupt: never\n    id: shoes\n" in text
    assert "# our shop\npolicy: {max_per_day: 3}\nversion: 1\n" in text


def test_items_come_last_and_go_with_their_line() -> None:
    new = {"id": "till", "name": "Till", "polygon": [[1, 1], [2, 1], [2, 2]]}
    text = rewrite(BLOCK, [Append(("zones",), (new,)), Remove(("zones",), frozenset({0}))])
    assert "# the pillar\n  - {id: till, name: Till, polygon: [[1, 1], [2, 1], [2, 2]]}\n\n# tags" in text
    assert "entrance" not in text
    assert "  # by the door\n  - id: shoes\n" in text


@pytest.mark.parametrize(
    ("removed", "left"),
    [({0}, "[b, c, d]"), ({3}, "[a, b, c]"), ({1, 2}, "[a, d]"), ({2, 3}, "[a, b]"), ({0, 3}, "[b, c]")],
)
def test_items_of_a_flow_list_go_with_their_comma(removed: set[int], left: str) -> None:
    assert rewrite("x: [a, b, c, d]\n", [Remove(("x",), frozenset(removed))]) == f"x: {left}\n"


@pytest.mark.parametrize("text", ["x: [a]\n", "x:\n- a\n", "x:\n  - a", "{x: [a]}", '{"x": ["a"]}'])
def test_a_list_may_be_emptied_and_filled_again(text: str) -> None:
    empty = rewrite(text, [Remove(("x",), frozenset({0}))])
    assert not read_document(empty, "t").value["x"]
    assert read_document(rewrite(empty, [Append(("x",), ("b",))]), "t").value == {"x": ["b"]}
    assert read_document(rewrite(text, [Append(("x",), ("b", "c"))]), "t").value == {"x": ["a", "b", "c"]}


def test_a_list_that_is_not_there_is_made() -> None:
    assert rewrite("version: 1\n", [Append(("tags",), ({"kind": "cart"},))]).splitlines() == [
        "tags: [{kind: cart}]",
        "version: 1",
    ]


def test_what_an_alias_repeats_is_written_anew_rather_than_changed_twice() -> None:
    text = "a: &place [1, 2]\nb: *place\n"
    changed = rewrite(text, [Put(("b",), [3, 4])])
    assert read_document(changed, "t").value == {"a": [1, 2], "b": [3, 4]}


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_every_text_survives(text: str) -> None:
    found = rewrite("name: x # said\n", [Put(("name",), text)])
    assert read_document(found, "t").value == {"name": text}
    assert found.endswith(" # said\n")


VALUES = st.lists(
    st.integers(-9, 9) | st.floats(-99, 99, width=16) | st.sampled_from(["a", "\N{PILE OF POO}", "1", "no"])
)


@given(VALUES, VALUES, st.data(), st.booleans())
def test_any_change_of_a_list_says_what_it_should(
    before: list[Any], more: list[Any], data: st.DataObject, block: bool
) -> None:
    written = (
        "".join(f"\n  - {flow(one)} # {k}" for k, one in enumerate(before)) if block else f" {flow(before)}"
    )
    gone = data.draw(st.sets(st.sampled_from(range(len(before))))) if before else set()
    changes: list[Change] = [Append(("x",), tuple(more))] if more else []
    changes += [Remove(("x",), frozenset(gone))] if gone else []
    wanted = [one for k, one in enumerate(before) if k not in gone] + more
    found = read_document(rewrite(f"y: 0\nx:{written}\nz: 1\n", changes), "t").value
    assert (found["x"] or []) == wanted
    assert (found["y"], found["z"]) == (0, 1)
