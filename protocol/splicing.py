"""Pieces of a YAML text replaced by others: where a node, a key or an item begins and ends (YAML 1.2, flow and block style)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import yaml

from protocol.document import Path
from protocol.writing import Layout, block, entry, flow, is_block, key_text


class Cut(NamedTuple):
    """Characters from, to (exclusive), what stands there instead, and how deep in the document that is."""

    start: int
    end: int
    new: str
    depth: int = 0


def spliced(text: str, cuts: Iterable[Cut]) -> str:
    """Return the text with every cut made; of those at one place the deepest first, then in the order they came."""
    out, at = [], 0
    for start, end, new, _ in sorted(cuts, key=lambda cut: (cut.start, cut.end, -cut.depth)):
        if start < at:
            return ""  # two changes of one place: the whole is written anew
        out += [text[at:start], new]
        at = end
    return "".join((*out, text[at:]))


def node_at(root: Any, path: Path) -> Any:
    """Return the node at a path, or None where a mapping on the way has no such key."""
    node = root
    for step in path:
        if isinstance(node, yaml.SequenceNode):
            node = node.value[step]
        else:
            node = next((value for key, value in node.value if key.value == step), None)
        if node is None:
            return None
    return node


def put(text: str, node: Any, path: Path, value: Any, layout: Layout) -> Cut:
    """Replace a value: what stood over several lines and may, does so again."""
    start, end = node.start_mark.index, _end(text, node)
    if end == start:
        return Cut(start, end, f" {flow(value)}")
    if isinstance(node, yaml.ScalarNode) or node.flow_style:
        return Cut(start, end, flow(value))
    if is_block(path, value, layout):
        return Cut(start, end, block(path, value, node.start_mark.column, layout))
    before = text[:start].rstrip()
    return Cut(len(before), end, f" {flow(value)}") if before.endswith(":") else Cut(start, end, flow(value))


def new_key(text: str, mapping: Any, path: Path, value: Any, layout: Layout) -> Cut:
    """Give a mapping one more key: at its end, or at its place among a document's own."""
    depth = len(path)
    if mapping.flow_style:
        at = mapping.end_mark.index - 1
        comma = ", " if mapping.value else ""
        return Cut(at, at, f"{comma}{key_text(str(path[-1]))}: {flow(value)}", depth)
    column = mapping.start_mark.column
    written = entry(path, value, column, layout)
    before = _before(mapping, str(path[-1]), layout) if depth == 1 else mapping.value
    if not before:
        at = mapping.start_mark.index
        return Cut(at, at, f"{written}\n", depth)
    at = _line_after(text, _end(text, before[-1][1]))
    return Cut(at, at, f"{_line_end(text, at)}{' ' * column}{written}\n", depth)


def _before(mapping: Any, key: str, layout: Layout) -> Sequence[Any]:
    """Return a document's keys before the first that people read later than this one."""
    places = [layout.place(name.value) for name, _ in mapping.value]
    last = next((k for k, place in enumerate(places) if place > layout.place(key)), len(places))
    return list(mapping.value[:last])


def appended(text: str, node: Any, path: Path, items: Sequence[Any]) -> Cut:
    """Add items to the end of a list that has some."""
    if node.flow_style:
        at = node.end_mark.index - 1
        return Cut(at, at, "".join(f", {flow(item)}" for item in items), len(path))
    at = _line_after(text, _end(text, node.value[-1]))
    indent = " " * node.start_mark.column
    lines = "".join(f"{indent}- {flow(item)}\n" for item in items)
    return Cut(at, at, _line_end(text, at) + lines, len(path))


def removed(text: str, node: Any, steps: frozenset[str | int], *, refilled: bool) -> Iterator[Cut]:
    """Take keys or items out: lines of a block, parts with their commas of a flow collection."""
    parts = list(_parts(text, node))
    gone = [k for k, part in enumerate(parts) if part.step in steps]
    if node.flow_style:
        yield from _removed_from_flow(node, parts, gone)
    elif len(gone) == len(parts) and not refilled:
        yield put(text, node, (), {} if isinstance(node, yaml.MappingNode) else [], Layout())
    else:
        yield from (_lines_of(text, parts, k) for k in gone)


class _Part(NamedTuple):
    """An item of a list, or a key with its value: where it begins, its dash not counted, and ends."""

    step: str | int
    start: int
    end: int


def _parts(text: str, node: Any) -> Iterator[_Part]:
    for k, part in enumerate(node.value):
        first, last = part if isinstance(part, tuple) else (part, part)
        step = first.value if isinstance(part, tuple) else k
        yield _Part(step, first.start_mark.index, _end(text, last))


def _removed_from_flow(node: Any, parts: Sequence[_Part], gone: Sequence[int]) -> Iterator[Cut]:
    kept = [k for k in range(len(parts)) if k not in gone]
    last = kept[-1] if kept else -1
    for k in gone:
        if k < last:
            yield Cut(parts[k].start, parts[k + 1].start, "")
    if last < len(parts) - 1:
        start = parts[last].end if kept else node.start_mark.index + 1
        yield Cut(start, parts[-1].end, "")


def _lines_of(text: str, parts: Sequence[_Part], k: int) -> Cut:
    """Cut out whole lines; the first key of a list's item leaves its dash to the next."""
    line = text.rfind("\n", 0, parts[k].start) + 1
    if isinstance(parts[k].step, str) and text[line : parts[k].start].strip() and k + 1 < len(parts):
        return Cut(parts[k].start, parts[k + 1].start, "")
    return Cut(line, _line_after(text, parts[k].end), "")


def _end(text: str, node: Any) -> int:
    """Return where a node's own text ends: a block's mark lies behind the blank lines and comments that follow it."""
    if not isinstance(node, yaml.ScalarNode) and not node.flow_style:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    end = int(node.end_mark.index)
    is_block_scalar = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    return len(text[:end].rstrip()) if is_block_scalar else end


def _line_after(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _line_end(text: str, at: int) -> str:
    """Return the end that the line before lacks where it is the text's last."""
    return "" if text[at - 1 : at] == "\n" else "\n"
