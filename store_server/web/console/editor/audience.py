"""The audience as a small builder: nested groups and conditions <-> form fields <-> the document's tree (SPEC 3). Pure.

What the builder has no fields for, such as a not of a not, is carried along as it stands.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from campaigns.conditions import LISTED
from protocol.document import Path
from protocol.writing import same
from store_server.web.console.editor.fields import Fields, number, number_text

ROOT = "audience"
GROUPS = ("all", "any")
FIELDS = ("tier", "tags", "locale", "attribute")
HISTORY = {"visits": "at_least", "purchased": "tag", "received": "campaign", "opened": "campaign"}
"""A history leaf and what it names beside its days."""
KEPT = "kept"
"""A part that the builder has no fields for."""

_VALUE = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^,]*?)\s*(?:,|$)')


@dataclass(frozen=True, slots=True)
class Node:
    """A group or a condition as the form has it; `was` is the document's own part where its fields say less."""

    kind: str
    negated: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    parts: tuple["Node", ...] = ()
    was: Any = None
    alone: bool = False
    """A root that holds one condition without a group in the document."""


NEW = Node("tier", fields={"op": "in", "value": ""})
"""What a new condition asks first."""


def read_tree(value: Any) -> Node:
    """Return the document's tree, or the part of it that is broken, as nodes; an empty group is everyone."""
    if value is None:
        return Node("all")
    root = _node(value)
    return root if root.kind in GROUPS and not root.negated else Node("all", parts=(root,), alone=True)


def write_tree(root: Node, places: dict[Path, str]) -> Any:
    """Return the document's tree, None for everyone; `places` learns which node each path is."""
    if root.alone and len(root.parts) == 1:
        return _written(root.parts[0], (ROOT,), f"{ROOT}.0", places)
    return _written(root, (ROOT,), ROOT, places)


def to_fields(node: Node, name: str = ROOT) -> dict[str, str]:
    """Return nodes as form fields."""
    out = {f"{name}.kind": node.kind, f"{name}.not": "not" if node.negated else ""}
    out |= {f"{name}.{key}": text for key, text in node.fields.items()}
    if node.was is not None:
        out[f"{name}.was"] = json.dumps(node.was)
    if node.alone:
        out[f"{name}.alone"] = "yes"
    for k, part in enumerate(node.parts):
        out |= to_fields(part, f"{name}.{k}")
    return out


def from_fields(typed: Fields, name: str = ROOT) -> Node:
    """Return the nodes that a form describes."""
    below = {key[len(name) + 1 :]: text for key, text in typed.items() if key.startswith(f"{name}.")}
    kind = below.get("kind", "all")
    numbers = sorted({int(key.split(".")[0]) for key in below if key.split(".")[0].isdecimal()})
    own = ("op", "value", "attribute", "days", "what", "zone")
    return Node(
        kind=kind,
        negated=below.get("not") == "not",
        fields={key: below[key] for key in own if key in below},
        parts=tuple(from_fields(typed, f"{name}.{k}") for k in numbers) if kind in GROUPS else (),
        was=_json(below.get("was")),
        alone="alone" in below,
    )


def with_part(root: Node, name: str, part: Node | None) -> Node:
    """Return the tree with a part added to the group of a name, or with the node of that name taken out."""
    steps = [int(step) for step in name.split(".")[1:]]
    return _changed(root, steps, part)


def values_text(value: Any, *, typed: bool) -> str:
    """Show a condition's value or values; quotes where a text would be read as something else."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    return ", ".join(_value_text(one, typed=typed) for one in values)


def read_values(text: str, *, typed: bool) -> list[Any]:
    """Read values between commas: numbers, true and false are such only where `typed`."""
    return [_value(found, typed=typed) for found in _split(text)]


def _changed(node: Node, steps: list[int], part: Node | None) -> Node:
    if not steps:
        return replace(node, parts=(*node.parts, part)) if part is not None else node
    head, *rest = steps
    parts = list(node.parts)
    if head >= len(parts):
        return node
    if not rest and part is None:
        del parts[head]
    else:
        parts[head] = _changed(parts[head], rest, part)
    return replace(node, parts=tuple(parts))


def _node(value: Any) -> Node:
    """Return a part as a node, with the part itself where its fields alone would not bring it back."""
    node = _plain(value)
    if node.kind in GROUPS or same(_bare(node), value):
        return node
    return replace(node, was=value)


def _plain(value: Any) -> Node:
    if not isinstance(value, dict):
        return Node(KEPT)
    inner = value.get("not")
    if set(value) == {"not"} and isinstance(inner, dict) and "not" not in inner:
        node = _node(inner)
        return replace(node, negated=True, was=None) if node.was is None else Node(KEPT)
    for group in GROUPS:
        if set(value) == {group} and isinstance(value[group], list):
            return Node(group, parts=tuple(map(_node, value[group])))
    if "field" in value:
        return _field(value)
    for kind, what in HISTORY.items():
        if set(value) == {kind} and isinstance(value[kind], dict):
            own = value[kind]
            asked = str(own.get(what) or "") if what != "at_least" else number_text(own.get(what))
            return Node(kind, fields={"what": asked, "days": number_text(own.get("within_days"))})
    if set(value) == {"visited_zone"} and isinstance(value["visited_zone"], dict):
        return Node("visited_zone", fields={"zone": str(value["visited_zone"].get("zone") or "")})
    return Node(KEPT)


def _field(value: Mapping[str, Any]) -> Node:
    name = str(value["field"])
    attribute = name.removeprefix("attributes.") if name.startswith("attributes.") else None
    kind = "attribute" if attribute is not None else name
    if kind not in FIELDS:
        return Node(KEPT)
    text = values_text(value.get("value"), typed=kind == "attribute")
    found = {"op": str(value.get("op", "")), "value": text}
    return Node(kind, fields=found if attribute is None else {**found, "attribute": attribute})


def _bare(node: Node) -> Any:
    """Return what a condition's fields say, without what was kept of the document."""
    return _written(replace(node, was=None), (), "", {})


def _written(node: Node, path: Path, name: str, places: dict[Path, str]) -> Any:
    places[path] = name
    if node.was is not None and _is_untouched(node):
        return node.was
    if node.negated:
        inner = _written(replace(node, negated=False, was=None), (*path, "not"), name, places)
        return None if inner is None else {"not": inner}
    if node.kind in GROUPS:
        return _group(node, path, name, places)
    return _leaf(node)


def _is_untouched(node: Node) -> bool:
    before = _plain(node.was)
    return (before.kind, before.negated, dict(before.fields)) == (node.kind, node.negated, dict(node.fields))


def _group(node: Node, path: Path, name: str, places: dict[Path, str]) -> Any:
    parts: list[Any] = []
    for k, part in enumerate(node.parts):
        one = _written(part, (*path, node.kind, len(parts)), f"{name}.{k}", places)
        if one is not None:
            parts.append(one)
    return {node.kind: parts} if parts else None


def _leaf(node: Node) -> Any:
    said = node.fields
    if node.kind in FIELDS:
        typed = node.kind == "attribute"
        leaf = {"field": f"attributes.{said.get('attribute', '').strip()}" if typed else node.kind}
        return {**leaf, **_compared(said.get("op") or "in", said.get("value", ""), typed=typed)}
    if node.kind == "visited_zone":
        zone = said.get("zone", "")
        return {"visited_zone": {"zone": zone} if zone else {}}
    if node.kind in HISTORY:
        what: Any = said.get("what", "").strip() or None
        what = number(what or "") if node.kind == "visits" else what
        pairs = {HISTORY[node.kind]: what, "within_days": number(said.get("days", ""))}
        return {node.kind: {key: one for key, one in pairs.items() if one is not None}}
    return node.was


def _compared(op: str, text: str, *, typed: bool) -> dict[str, Any]:
    if op == "exists":
        return {"op": op}
    values = read_values(text, typed=typed)
    if op in LISTED:
        return {"op": op, "value": values}
    if len(values) == 1:
        return {"op": op, "value": values[0]}
    return {"op": op, "value": text.strip()} if values else {"op": op}


def _value_text(value: Any, *, typed: bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    plain = value == value.strip() and value and not set(value) & set(',"\r\n')
    return (
        value if plain and same(_value(value, typed=typed), value) else json.dumps(value, ensure_ascii=False)
    )


def _value(text: str, *, typed: bool) -> Any:
    if text.startswith('"'):
        found = _json(text)
        return found if isinstance(found, str) else text
    if typed and text in ("true", "false"):
        return text == "true"
    return number(text) if typed and "," not in text else text


def _split(text: str) -> Iterator[str]:
    place = 0
    while place < len(text):
        found = _VALUE.match(text, place)
        if found is None or found.end() == place:
            return
        if found[1]:
            yield found[1]
        place = found.end()


def _json(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return None
