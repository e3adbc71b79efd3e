"""Values written as YAML 1.2 that every reader of YAML takes for the same (SPEC 3)."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from protocol.document import Path

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*", re.ASCII)
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"))
"""Plain texts that this reader or an older one takes for something else."""
_BREAKS = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON leaves as it is and YAML does not take, or takes for the end of a line."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How people like to read a kind of document."""

    order: tuple[str, ...] = ()
    """The document's keys; a new one takes its place among them."""
    nested: frozenset[str] = frozenset()
    """Parts written over several lines; all others fit one."""
    groups: frozenset[str] = frozenset()
    """Keys below those whose lists get a line an item as well."""

    def place(self, key: str) -> int:
        """Return where a key of the document stands; those nobody knows come last."""
        return self.order.index(key) if key in self.order else len(self.order)

    def ordered(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Sort a document's own keys; below them order may mean something, such as the first locale."""
        return dict(sorted(value.items(), key=lambda pair: self.place(pair[0])))

    def is_nested(self, path: Path) -> bool:
        """Say whether the value at a path is written over several lines."""
        return bool(path) and path[0] in self.nested and all(step in self.groups for step in path[1:])


def written(value: Mapping[str, Any], layout: Layout) -> str:
    """Return a whole document."""
    lines = "".join(f"{entry((key,), part, 0, layout)}\n" for key, part in layout.ordered(value).items())
    return lines or "{}\n"


def entry(path: Path, value: Any, indent: int, layout: Layout) -> str:
    """Return a key of a mapping at this indentation with its value, without the end of the last line."""
    name = key_text(str(path[-1]))
    if not is_block(path, value, layout):
        return f"{name}: {flow(value)}"
    blanks = " " * (indent + 2)
    return f"{name}:\n{blanks}{block(path, value, indent + 2, layout)}"


def is_block(path: Path, value: Any, layout: Layout) -> bool:
    """Say whether a value is written over several lines; what is empty is not."""
    return isinstance(value, dict | list) and bool(value) and layout.is_nested(path)


def block(path: Path, value: Any, indent: int, layout: Layout) -> str:
    """Return a mapping or list over several lines, of which the first is indented already."""
    return f"\n{' ' * indent}".join(_lines(path, value, indent, layout))


def _lines(path: Path, value: Any, indent: int, layout: Layout) -> Iterator[str]:
    if isinstance(value, list):
        yield from (f"- {flow(part)}" for part in value)
    else:
        yield from (entry((*path, key), part, indent, layout) for key, part in value.items())


def flow(value: Any) -> str:
    """Return a value in YAML's flow style, on one line."""
    match value:
        case dict():
            return f"{{{', '.join(f'{key_text(key)}: {flow(part)}' for key, part in value.items())}}}"
        case list() | tuple():
            return f"[{', '.join(map(flow, value))}]"
        case str():
            return _text(value)
        case _:
            return json.dumps(value)


def key_text(key: str) -> str:
    """Return a key as it is written: `on` is one like any other (SPEC 3)."""
    return key if key == "on" else _text(key)


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def same(one: object, other: object) -> bool:
    """Say whether two values are written alike: true is not 1, and the order of keys counts."""
    return json.dumps(one) == json.dumps(other)
