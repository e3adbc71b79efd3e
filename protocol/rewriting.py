"""Values of a YAML text changed where they stand (YAML 1.2, flow and block style): comments, order and layout stay as written.

What cannot be changed in place without touching anything else (a value that an alias repeats) is written anew as a whole,
with the same values and without its comments.
"""

import copy
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from protocol.document import Path, read_document
from protocol.errors import BadInput

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_/-]*")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
"""Plain text that one reader of YAML or another takes for something else."""


@dataclass(frozen=True, slots=True)
class Put:
    """Give the mapping at `path[:-1]` the key `path[-1]` with this value, or the list at `path[:-1]` this item."""

    path: Path
    value: Any


@dataclass(frozen=True, slots=True)
class Append:
    """Add items to the end of the list at `path`, which is made where there is none."""

    path: Path
    items: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Remove:
    """Take items out of the list at `path`, by their indexes before any change."""

    path: Path
    indexes: frozenset[int]


Change: TypeAlias = Put | Append | Remove
Cut: TypeAlias = tuple[int, int, str]
"""Characters from, to (exclusive), and what stands there instead."""


def rewrite(text: str, changes: Sequence[Change]) -> str:
    """Return the text of a document with changes made; one list is not both put into and removed from at one item.

    Raises BadInput for a text that is no document, KeyError or IndexError for a path that is not there.
    """
    value = read_document(text, "document").value
    wanted = _changed(value, changes)
    root = yaml.compose(text, Loader=_LOADER)
    cuts = [cut for change in changes for cut in _cuts(text, root, change)]
    found = _spliced(text, cuts)
    if _says(found, wanted):
        return found
    return "".join(f"{flow(key)}: {flow(part)}\n" for key, part in wanted.items())


def flow(value: Any) -> str:
    """Return a value in YAML's flow style, on one line."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case list() | tuple():
            return f"[{', '.join(map(flow, value))}]"
        case dict():
            return f"{{{', '.join(f'{flow(key)}: {flow(part)}' for key, part in value.items())}}}"
        case _:
            return _scalar(str(value))


def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x1_0000 else f"\\U{code:08x}"


def _says(text: str, wanted: Any) -> bool:
    try:
        read = read_document(text, "document")
    except BadInput:
        return False
    return not read.faults and bool(read.value == wanted)


def _changed(value: Any, changes: Iterable[Change]) -> Any:
    """Return a copy of a value with changes made; removals last, so that every index is of the text as it was."""
    value = copy.deepcopy(value)
    ordered = sorted(changes, key=lambda change: isinstance(change, Remove))
    for change in ordered:
        match change:
            case Put(path, new):
                _at(value, path[:-1])[path[-1]] = new
            case Append(path, items):
                holder, key = _at(value, path[:-1]), path[-1]
                holder[key] = [
                    *((holder.get(key) or []) if isinstance(holder, dict) else holder[key]),
                    *items,
                ]
            case Remove(path, indexes):
                kept = [one for k, one in enumerate(_at(value, path)) if k not in indexes]
                _at(value, path[:-1])[path[-1]] = kept or None
    return value


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _cuts(text: str, root: Any, change: Change) -> Iterable[Cut]:
    match change:
        case Put(path, value):
            return [_put(root, path, value)]
        case Append(path, items):
            return [_append(text, root, path, items)]
        case Remove(path, indexes):
            return _remove(text, _node(root, path), indexes)


def _node(root: Any, path: Path) -> Any:
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


def _put(root: Any, path: Path, value: Any) -> Cut:
    node = _node(root, path)
    if node is None:
        return _new_key(_node(root, path[:-1]), str(path[-1]), flow(value))
    start, end = node.start_mark.index, _end(node)
    return start, end, flow(value) if end > start else f" {flow(value)}"


def _new_key(mapping: Any, key: str, written: str) -> Cut:
    if mapping.flow_style:
        at = mapping.end_mark.index - 1
        return at, at, f"{', ' if mapping.value else ''}{flow(key)}: {written}"
    first = mapping.value[0][0].start_mark
    return first.index, first.index, f"{flow(key)}: {written}\n{' ' * first.column}"


def _append(text: str, root: Any, path: Path, items: Sequence[Any]) -> Cut:
    node = _node(root, path)
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        return _put(root, path, list(items))
    if node.flow_style:
        at = node.end_mark.index - 1
        return at, at, "".join(f", {flow(item)}" for item in items)
    at = _line_after(text, _end(node.value[-1]))
    indent = " " * node.start_mark.column
    start = "" if text[at - 1 : at] == "\n" else "\n"
    return at, at, start + "".join(f"{indent}- {flow(item)}\n" for item in items)


def _remove(text: str, node: Any, indexes: frozenset[int]) -> Iterable[Cut]:
    """Cut items out: lines of a block list, items with their commas of a flow list."""
    items = node.value
    kept = [k for k in range(len(items)) if k not in indexes]
    if node.flow_style:
        last = kept[-1] if kept else -1
        for k in sorted(indexes):
            if k < last:
                yield items[k].start_mark.index, items[k + 1].start_mark.index, ""
        if last < len(items) - 1:
            start = _end(items[last]) if kept else node.start_mark.index + 1
            yield start, _end(items[-1]), ""
        return
    for k in sorted(indexes):
        start = text.rfind("\n", 0, items[k].start_mark.index) + 1
        yield start, _line_after(text, _end(items[k])), ""


def _end(node: Any) -> int:
    """Return where a node's own text ends: a block's mark lies behind the comments that follow it."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _line_after(text: str, index: int) -> int:
    if text[index - 1 : index] == "\n":
        return index
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _spliced(text: str, cuts: Iterable[Cut]) -> str:
    """Return the text with every cut made; those at one place in the order they came."""
    out, at = [], 0
    for start, end, new in sorted(cuts, key=lambda cut: cut[0]):
        if start < at:
            return ""  # two changes of one place: the whole is written anew
        out += [text[at:start], new]
        at = end
    return "".join((*out, text[at:]))
