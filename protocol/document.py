"""YAML 1.2 or JSON text -> plain values that remember their lines.

`on` is a key like any other, only true and false are booleans, dates are text (SPEC 3); a key twice, a value deeper
or longer than a store ever needs, and an alias bomb are refused.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from protocol.errors import BadInput, Problem

Path: TypeAlias = tuple[str | int, ...]

MAX_BYTES = 16 * 1024 * 1024
"""A chain's largest plan (10,000 beacons) is under 3 MB."""
MAX_DEPTH = 40
MAX_NODES = 2_000_000

_INT = re.compile(r"[-+]?[0-9]+", re.ASCII)
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """A value, where it came from, and the line of every part of it."""

    value: Any
    source: str
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """Return the line of the part at `path`, or of the nearest part that encloses it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_document(text: str, source: str) -> Document:
    """Read one YAML 1.2 document, or JSON where the source is named so. Raises BadInput with the line of a fault."""
    if len(text) > MAX_BYTES:
        raise BadInput(Problem(source, None, f"at most {MAX_BYTES} characters", f"{len(text)}"))
    if source.endswith(".json"):
        value = _json(text, source)
        return Document(value, source, _json_lines(text, source))
    return _yaml(text, source)


def _json(text: str, source: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, value in pairs:
            if key in out:
                raise BadInput(Problem(source, None, f"the key {key!r} once", "it twice"))
            out[key] = value
        return out

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=str)
    except json.JSONDecodeError as fault:
        raise BadInput(Problem(source, fault.lineno, "JSON", fault.msg)) from fault
    except RecursionError as fault:
        raise BadInput(Problem(source, None, f"at most {MAX_DEPTH} levels", "more")) from fault


def _json_lines(text: str, source: str) -> dict[Path, int]:
    """Return the lines of a JSON document: YAML reads nearly all JSON too, and knows them."""
    try:
        return _yaml(text.replace("\t", " "), source).lines
    except BadInput:  # an escape that only JSON has; the document is good, its lines stay unknown
        return {}


def _yaml(text: str, source: str) -> Document:
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        line = mark.line + 1 if mark else None
        raise BadInput(Problem(source, line, "YAML", fault.problem or "something else")) from fault
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        raise BadInput(Problem(source, None, "YAML", str(fault).splitlines()[0])) from fault
    if root is None:
        raise BadInput(Problem(source, 1, "a document", "an empty file"))
    walk = _Walk(source)
    return Document(walk.value(root, ()), source, walk.lines)


class _Walk:
    def __init__(self, source: str) -> None:
        self.source = source
        self.lines: dict[Path, int] = {}
        self._seen = 0

    def value(self, node: yaml.Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        self.lines[path] = line
        self._seen += 1
        if len(path) > MAX_DEPTH or self._seen > MAX_NODES:
            raise self.refuse(line, f"at most {MAX_DEPTH} levels and {MAX_NODES} values", "more")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, k)) for k, item in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.refuse(line, "a key that is text", "a list or mapping as a key")
            key = str(key_node.value)
            if key in out:
                raise self.refuse(line, f"the key {key!r} once", "it twice")
            out[key] = self.value(value_node, (*path, key))
            self.lines[(*path, key)] = line
        return out

    def _scalar(self, node: yaml.Node) -> Any:
        text = str(node.value)
        quoted_or_block = isinstance(node, yaml.ScalarNode) and node.style
        return text if quoted_or_block else _resolve(text)

    def refuse(self, line: int, expected: str, got: str) -> BadInput:
        return BadInput(Problem(self.source, line, expected, got))


def _resolve(text: str) -> Any:
    """Resolve a plain scalar by the YAML 1.2 core schema, without its infinities."""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if len(text) < 64:
        if _INT.fullmatch(text):
            return int(text)
        if _BASED.fullmatch(text):
            return int(text, 0)
        if _FLOAT.fullmatch(text):
            return float(text)
    return text
