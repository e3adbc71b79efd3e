"""Values of a YAML text changed where they stand (YAML 1.2, flow and block style): comments, order and layout stay as written.

What cannot be changed in place without touching anything else (a value that an alias repeats) is written anew as a whole,
with the same values and without its comments.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from protocol.document import Path, read_document
from protocol.errors import BadInput
from protocol.splicing import Cut, appended, new_key, node_at, put, removed, spliced
from protocol.writing import Layout, same, written


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
    """Take keys out of the mapping at `path`, or items out of the list, by their indexes before any change."""

    path: Path
    steps: frozenset[str | int]


Change: TypeAlias = Put | Append | Remove


def rewritten(text: str, value: Mapping[str, Any], source: str, layout: Layout) -> str:
    """Return the text changed so that it reads as `value`; the same text where it does already. Raises BadInput."""
    old = read_document(text, source).value
    changes = list(_differences((), layout.ordered(old), layout.ordered(value)))
    return rewrite(text, changes, layout) if changes else text


def rewrite(text: str, changes: Sequence[Change], layout: Layout) -> str:
    """Return the text of a document with changes made; one part is not both put into and removed from its holder.

    Raises BadInput for a text that is no document, KeyError or IndexError for a path that is not there.
    """
    wanted = _changed(read_document(text, "document").value, changes)
    root = yaml.compose(text, Loader=_LOADER)
    found = spliced(text, [cut for change in changes for cut in _cuts(text, root, change, changes, layout)])
    return found if _says(found, wanted, layout) else written(wanted, layout)


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _differences(path: Path, old: Any, new: Any) -> Iterator[Change]:
    """Yield what makes a value another one, as deep down as the change itself."""
    if same(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict) and _goes_on(path, old, new):
        yield from (Put((*path, key), part) for key, part in new.items() if key not in old)
        for key in old.keys() & new.keys():
            yield from _differences((*path, key), old[key], new[key])
        if gone := old.keys() - new.keys():
            yield Remove(path, frozenset(gone))
    elif isinstance(old, list) and isinstance(new, list) and old and len(old) <= len(new):
        for k, part in enumerate(old):
            yield from _differences((*path, k), part, new[k])
        if new[len(old) :]:
            yield Append(path, tuple(new[len(old) :]))
    else:
        yield Put(path, new)


def _goes_on(path: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Say whether keys that stay keep their order and new ones follow: below a document's own keys it counts."""
    kept = [key for key in old if key in new]
    return not path or (bool(kept) and kept == list(new)[: len(kept)])


def _says(text: str, wanted: Any, layout: Layout) -> bool:
    try:
        read = read_document(text, "document")
    except BadInput:
        return False
    return not read.faults and same(layout.ordered(read.value), layout.ordered(wanted))


def _changed(value: Any, changes: Iterable[Change]) -> Any:
    """Return a copy of a value with changes made; removals last, so that every index is of the text as it was."""
    value = json.loads(json.dumps(value))  # what an alias repeats is two values from here on
    for change in sorted(changes, key=lambda change: isinstance(change, Remove)):
        holder = _at(value, change.path if isinstance(change, Remove) else change.path[:-1])
        match change:
            case Put(path, new):
                holder[path[-1]] = new
            case Append(path, items):
                before = holder.get(path[-1]) if isinstance(holder, dict) else holder[path[-1]]
                holder[path[-1]] = [*(before or ()), *items]
            case Remove(_, steps) if isinstance(holder, dict):
                for step in steps:
                    del holder[step]
            case Remove(_, steps):
                holder[:] = [part for k, part in enumerate(holder) if k not in steps]
    return value


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _cuts(text: str, root: Any, change: Change, changes: Sequence[Change], layout: Layout) -> Iterable[Cut]:
    node = node_at(root, change.path)
    match change:
        case Remove(path, steps):
            refilled = any(isinstance(one, Append) and one.path == path for one in changes)
            return removed(text, node, steps, refilled=refilled)
        case Append(path, items) if isinstance(node, yaml.SequenceNode) and node.value:
            return [appended(text, node, path, items)]
        case Put(path, value) | Append(path, value):
            value = list(value) if isinstance(change, Append) else value
            if node is None:
                return [new_key(text, node_at(root, path[:-1]), path, value, layout)]
            return [put(text, node, path, value, layout)]
