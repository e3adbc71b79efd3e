"""Changes made in a YAML text keep everything else as its author wrote it."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.document import Path, read_document
from protocol.rewriting import Append, Change, Put, Remove, rewrite, rewritten
from protocol.writing import Layout, flow, same, written

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


PLAIN = Layout()
ORDERED = Layout(
    order=("id", "trigger", "audience", "limits", "message"),
    nested=frozenset(("audience", "limits")),
    groups=frozenset(("all",)),
)


def _rewrite(text: str, changes: list[Change]) -> str:
    return rewrite(text, changes, PLAIN)


def test_a_value_is_changed_where_it_stands() -> None:
    text = _rewrite(BLOCK, [Put(("store", "floor", "width_m"), 41.5), Put(("zones", 0, "name"), "Way in: A")])
    assert text == BLOCK.replace("width_m: 40", "width_m: 41.5").replace(
        "name: Entrance", 'name: "Way in: A"'
    )


def test_a_block_list_gives_way_to_a_line_and_its_neighbours_keep_their_comments() -> None:
    text = _rewrite(BLOCK, [Put(("zones", 1, "polygon"), [[20, 10.5], [32, 10], [32, 20]])])
    assert "    polygon: [[20, 10.5], [32, 10], [32, 20]]   # the pillar\n\n# tags follow" in text


def test_new_keys_stand_beside_the_old_ones() -> None:
    text = _rewrite(
        BLOCK,
        [
            Put(("zones", 0, "interrupt"), "never"),
            Put(("zones", 1, "interrupt"), "never"),
            Put(("policy",), {"max_per_day": 3}),
        ],
    )
    assert "[8, 6]], interrupt: never}  # wide" in text
    assert "# the pillar\n    interrupt: never\n\n# tags" in text
    assert text.endswith("tags: []\npolicy: {max_per_day: 3}\n")


def test_items_come_last_and_go_with_their_line() -> None:
    new = {"id": "till", "name": "Till", "polygon": [[1, 1], [2, 1], [2, 2]]}
    text = _rewrite(BLOCK, [Append(("zones",), (new,)), Remove(("zones",), frozenset({0}))])
    assert "# the pillar\n  - {id: till, name: Till, polygon: [[1, 1], [2, 1], [2, 2]]}\n\n# tags" in text
    assert "entrance" not in text
    assert "  # by the door\n  - id: shoes\n" in text


@pytest.mark.parametrize(
    ("removed", "left"),
    [({0}, "[b, c, d]"), ({3}, "[a, b, c]"), ({1, 2}, "[a, d]"), ({2, 3}, "[a, b]"), ({0, 3}, "[b, c]")],
)
def test_items_of_a_flow_list_go_with_their_comma(removed: set[int], left: str) -> None:
    assert _rewrite("x: [a, b, c, d]\n", [Remove(("x",), frozenset(removed))]) == f"x: {left}\n"


@pytest.mark.parametrize("text", ["x: [a]\n", "x:\n- a\n", "x:\n  - a", "{x: [a]}", '{"x": ["a"]}'])
def test_a_list_may_be_emptied_and_filled_again(text: str) -> None:
    empty = _rewrite(text, [Remove(("x",), frozenset({0}))])
    assert not read_document(empty, "t").value["x"]
    assert read_document(_rewrite(empty, [Append(("x",), ("b",))]), "t").value == {"x": ["b"]}
    assert read_document(_rewrite(text, [Append(("x",), ("b", "c"))]), "t").value == {"x": ["a", "b", "c"]}


def test_a_list_that_is_not_there_is_made() -> None:
    assert _rewrite("version: 1\n", [Append(("tags",), ({"kind": "cart"},))]).splitlines() == [
        "version: 1",
        "tags: [{kind: cart}]",
    ]


def test_what_an_alias_repeats_is_written_anew_rather_than_changed_twice() -> None:
    text = "a: &place [1, 2]\nb: *place\n"
    changed = _rewrite(text, [Put(("b",), [3, 4])])
    assert read_document(changed, "t").value == {"a": [1, 2], "b": [3, 4]}


@pytest.mark.parametrize("step", [{("b", 0): 9}, {("a", 0): 9}, {("a", 0): 8, ("b", 0): 9}])
def test_a_part_of_what_an_alias_repeats_is_changed_in_one_place_only(step: dict[Path, int]) -> None:
    text = "a: &place [1, 2]\nb: *place\n"
    wanted: dict[str, Any] = {"a": [1, 2], "b": [1, 2]}
    for (key, index), value in step.items():
        wanted[str(key)][index] = value
    changed = rewrite(text, [Put(path, value) for path, value in step.items()], PLAIN)
    assert read_document(changed, "t").value == wanted
    assert read_document(rewritten(text, wanted, "t", PLAIN), "t").value == wanted


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_every_text_survives(text: str) -> None:
    found = _rewrite("name: x # said\n", [Put(("name",), text)])
    assert read_document(found, "t").value == {"name": text}
    assert found.endswith(" # said\n")


VALUES = st.lists(
    st.integers(-9, 9) | st.floats(-99, 99, width=16) | st.sampled_from(["a", "\N{PILE OF POO}", "1", "no"])
)


@settings(deadline=None)
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
    found = read_document(_rewrite(f"y: 0\nx:{written}\nz: 1\n", changes), "t").value
    assert (found["x"] or []) == wanted
    assert (found["y"], found["z"]) == (0, 1)


CAMPAIGN = """\
# for the autumn
id: shoes-help
trigger: {on: dwell, zone: shoes}   # the long shelf
audience:
  all:
    - {field: tier, op: eq, value: gold}   # club
    # and who was here before
    - {visits: {at_least: 2}}

# what they read
message:
  en: {title: A, body: B}
  it:
    title: A   # short
    body: >
      long
      text
"""


def _campaign() -> dict[str, Any]:
    value: dict[str, Any] = read_document(CAMPAIGN, "c").value
    return value


def test_a_document_that_says_the_same_stays_as_it_is() -> None:
    assert rewritten(CAMPAIGN, dict(reversed(_campaign().items())), "c", ORDERED) == CAMPAIGN


def test_a_changed_document_changes_only_where_it_differs() -> None:
    value = _campaign()
    value["message"]["it"] |= {"title": "C"}
    value["audience"]["all"][1] = {"visits": {"at_least": 3, "within_days": 7}}
    text = rewritten(CAMPAIGN, value, "c", ORDERED)
    expected = CAMPAIGN.replace("title: A   #", "title: C   #").replace(
        "at_least: 2}", "at_least: 3, within_days: 7}"
    )
    assert text == expected


def test_new_keys_take_their_place_among_the_others() -> None:
    value = _campaign() | {"limits": {"per_visit": 1, "total": 5}, "odd": 1}
    value["audience"]["all"].append({"visited_zone": {"zone": "till"}})
    text = rewritten(CAMPAIGN, value, "c", ORDERED)
    assert (
        "2}}\n    - {visited_zone: {zone: till}}\nlimits:\n  per_visit: 1\n  total: 5\n\n# what they read\n"
        in text
    )
    assert text.endswith("      text\nodd: 1\n")
    del value["id"]
    without = rewritten(CAMPAIGN, value, "c", ORDERED)
    assert without.startswith("# for the autumn\ntrigger:")
    assert rewritten(without, value | {"id": "a"}, "c", ORDERED).startswith(
        "# for the autumn\nid: a\ntrigger:"
    )


def test_keys_go_with_their_lines_and_leave_the_remarks_of_others() -> None:
    value = _campaign()
    del value["audience"], value["message"]["it"]["body"], value["trigger"]["zone"]
    text = rewritten(CAMPAIGN, value, "c", ORDERED)
    kept = "trigger: {on: dwell}   # the long shelf\n\n# what they read\nmessage:\n"
    assert kept in text
    assert text.endswith("  it:\n    title: A   # short\n")


def test_the_first_key_of_an_item_leaves_its_dash() -> None:
    text = "zones:\n  - id: a\n    name: A   # big\n  - id: b\n"
    assert rewrite(text, [Remove(("zones", 0), frozenset({"id"}))], PLAIN) == text.replace("id: a\n    ", "")
    assert (
        read_document(rewrite(text, [Remove(("zones", 1), frozenset({"id"}))], PLAIN), "t").value["zones"][1]
        == {}
    )


def test_what_stood_over_several_lines_does_so_again() -> None:
    value = _campaign()
    value["audience"] = {"all": [{"visits": {}}]}
    value["message"] = {"it": {"title": "A", "body": "B"}, "en": {"title": "A", "body": "B"}}
    text = rewritten(CAMPAIGN, value, "c", ORDERED)
    assert "audience:\n  all:\n    - {visits: {}}\n\n# what" in text
    assert text.endswith("\nmessage: {it: {title: A, body: B}, en: {title: A, body: B}}\n")


def test_the_order_of_keys_counts_below_a_documents_own() -> None:
    value = _campaign()
    value["message"] = dict(reversed(value["message"].items()))
    found = read_document(rewritten(CAMPAIGN, value, "c", ORDERED), "c").value
    assert list(found["message"]) == ["it", "en"]


NEW_VALUES: tuple[Any, ...] = ("changed", [], {"x": 1, "z": [2.0, True]}, None)


@pytest.mark.parametrize(
    "text",
    [
        "id: a\nname: A",
        "{id: a,\n name: A}\n",
        "id: a\nname: &n A\nother: *n\n",
        "id: a\nname: >\n  A\n  long\n\n\n# the end\n",
        "id: a\nname: |+\n  A\n\nother: b\n",
        "id: a\nname: [A,\n  B]\n",
        "id: a\nname: {x: 1,\n  y: 2}\n",
        "id: a\nname:\nother:   # nothing yet\n",
        "id: a\nname:\n- A\n- - B\n  - C\n",
        "? id\n: a\n? name\n: {x: 1}\n",
    ],
)
def test_whatever_the_style_was_the_value_reads_back(text: str) -> None:
    before = read_document(text, "c").value
    for key in (*before, "new"):
        for new in NEW_VALUES:
            value = {**before, key: new}
            assert same(read_document(rewritten(text, value, "c", ORDERED), "c").value, value)
    for key in before:
        value = {name: part for name, part in before.items() if name != key}
        assert same(read_document(rewritten(text, value, "c", ORDERED), "c").value, value)
    assert same(read_document(written(before, ORDERED), "c").value, before)


KEYS = st.sampled_from(["id", "audience", "all", "a b", "on", "limits"])
TREES = st.recursive(
    st.integers(-9, 9)
    | st.booleans()
    | st.none()
    | st.sampled_from(["a", "1", "no", "x: y # z", "", "a\nb"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(KEYS, TREES, max_size=4)


@settings(deadline=None)
@given(DOCUMENTS, DOCUMENTS, st.booleans())
def test_any_document_becomes_any_other(before: dict[str, Any], after: dict[str, Any], block: bool) -> None:
    text = yaml.safe_dump(before, sort_keys=False) if block else written(before, ORDERED)
    found = read_document(rewritten(text, after, "c", ORDERED), "c").value
    assert same(dict(sorted(found.items())), dict(sorted(after.items())))
