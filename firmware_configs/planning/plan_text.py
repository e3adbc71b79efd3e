"""Put measured powers into a plan's text: the number alone changes, comments and formatting stay (YAML 1.2, JSON)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from protocol.document import Document, read_document
from protocol.errors import BadInput, Problem

KEY: Final = "measured_power_dbm"
_BESIDE: Final = "minor"
"""The key before which a new one is put; every beacon has it."""

_Edit = tuple[int, int, str]
"""Characters from, to, and what stands there instead."""


def with_measured_powers(text: str, source: str, powers_dbm: Mapping[str, int]) -> str:
    """Return the plan's text with these beacons' powers. Raises BadInput where that cannot be done by changing numbers."""
    before = read_document(text, source)
    nodes = _beacon_nodes(text)
    edits = [_edit(nodes, before, beacon, power) for beacon, power in powers_dbm.items()]
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    _check(text, before, powers_dbm)
    return text


def _edit(nodes: Sequence[Any], document: Document, beacon: str, power_dbm: int) -> _Edit:
    source = document.source
    index = next((k for k, value in enumerate(document.value["beacons"]) if value["id"] == beacon), None)
    if index is None:
        raise BadInput(Problem(source, None, f"beacon {beacon} in the plan", "none of this id"))
    line = document.line(("beacons", index))
    mapping = nodes[index]
    if not isinstance(mapping, yaml.MappingNode):
        raise BadInput(
            Problem(source, line, f"beacon {beacon} written out", "something else: write it by hand")
        )
    keys = {key.value: (key, value) for key, value in mapping.value}
    if KEY in keys:
        value = keys[KEY][1]
        return value.start_mark.index, value.end_mark.index, str(power_dbm)
    # Before a key, not after its value: what follows a value on its line is its comment.
    key, _ = keys[_BESIDE]
    start, quote = key.start_mark.index, key.style or ""
    between = ", " if mapping.flow_style else "\n" + " " * key.start_mark.column
    return start, start, f"{quote}{KEY}{quote}: {power_dbm}{between}"


def _beacon_nodes(text: str) -> list[Any]:
    """Return the nodes of all beacons. The C parser's marks count bytes, so the slower one is asked."""
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    beacons = next(value for key, value in root.value if key.value == "beacons")
    return list(beacons.value)


def _check(text: str, before: Document, powers_dbm: Mapping[str, int]) -> None:
    """Refuse a text that says anything else than the old one and the new powers."""
    wanted = [
        {**value, KEY: powers_dbm[value["id"]]} if value["id"] in powers_dbm else value
        for value in before.value["beacons"]
    ]
    after = read_document(text, before.source)
    if after.value != {**before.value, "beacons": wanted}:
        expected = "a plan in which these powers alone can be changed"
        raise BadInput(
            Problem(before.source, None, expected, "one that repeats parts of itself: write them by hand")
        )
