"""YAML 1.2 or JSON text -> plain values that remember their lines.

`on` is a key like any other, only true and false are booleans, dates are text (SPEC 3). A key twice, a tag, a value
deeper or longer than a store ever needs and an alias bomb are refused.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from protocol import json_lines
from protocol.errors import BadInput, Problem

Path: TypeAlias = tuple[str | int, ...]

MAX_BYTES = 16 * 1024 * 1024
"""A chain's largest plan (10,000 beacons) is under 3 MB."""
MAX_DEPTH = 40
MAX_NODES = 1_000_000
"""Values of a document, those that aliases repeat included."""
MAX_ALIASED = 10_000
"""Values that aliases repeat: enough to share a message, too few for a bomb."""
MAX_DIGITS = 63
"""A longer number is kept as text, and refused where a number is asked for."""

_INT = re.compile(r"[-+]?[0-9]+", re.ASCII)
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_QUOTED_OR_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|-?[A-Za-z]+')
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NO_BREAKS = {0x85: "\ufdd0", 0x2028: "\ufdd1", 0x2029: "\ufdd2"}
"""Line breaks of YAML 1.1, which the parser still breaks at, are text in 1.2: read as characters that no text has."""
_AS_WRITTEN = {ord(there): here for here, there in _NO_BREAKS.items()}
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_CORE = "tag:yaml.org,2002:"
_HARMLESS_TAGS = frozenset((None, "!", f"{_CORE}str", f"{_CORE}map", f"{_CORE}seq"))

_PLAIN_WORDS = {
    "mapping values are not allowed in this context": 'a second ": " in one line (text with a colon needs quotes)',
    "did not find expected key": "something that is no key (check indentation and quotes)",
    "could not find expected ':'": "a line without a key (check indentation and quotes)",
    "found unexpected end of stream": "the end of the file inside quotes",
    "did not find expected ',' or '}'": "a { that is not closed, opened in line {opened}",
    "did not find expected ',' or ']'": "a [ that is not closed, opened in line {opened}",
    "did not find expected '-' indicator": "a line that is no item of the list (check indentation)",
    "found character that cannot start any token": "a character that has to stand in quotes",
    "did not find expected alphabetic or numeric character": 'a * without quotes (every store is written "*")',
    "found invalid Unicode character escape code": "an escape that is no character, such as half a surrogate pair",
    "found unknown escape character": "an escape that YAML does not have (a \\ in single quotes is just a \\)",
}
"""What the parser says -> what a manager can act on."""


@dataclass(frozen=True, slots=True)
class Document:
    """A value, where it came from, and the line of every part of it."""

    value: Any
    source: str
    lines: dict[Path, int]
    faults: tuple[Problem, ...] = ()
    """What is wrong with the text but does not keep the rest from being read: keys that come twice."""

    def line(self, path: Path) -> int:
        """Return the line of the part at `path`, or of the nearest part that encloses it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_document(text: str, source: str) -> Document:
    """Read one YAML 1.2 document, or JSON where the source is named so. Raises BadInput with the line of a fault."""
    if len(text) > MAX_BYTES:
        raise BadInput(Problem(source, None, f"at most {MAX_BYTES} characters", f"{len(text)}"))
    return _json(text, source) if source.endswith(".json") else _yaml(text, source)


def _json(text: str, source: str) -> Document:
    try:
        value = json.loads(text, parse_constant=str, parse_float=_finite, parse_int=_number)
    except json.JSONDecodeError as fault:
        raise BadInput(
            Problem(source, fault.lineno, "well-formed JSON", f"something else: {fault.msg}")
        ) from fault
    except RecursionError as fault:
        raise BadInput(Problem(source, None, f"at most {MAX_DEPTH} levels", "more")) from fault
    found = json_lines.places(text, MAX_DEPTH)
    if found.too_deep is not None:
        raise BadInput(Problem(source, found.too_deep, f"at most {MAX_DEPTH} levels", "more"))
    faults = [_twice(source, line, key) for line, key in found.doubles]
    return Document(value, source, found.lines, (*faults, *_no_numbers(text, source)))


def _no_numbers(text: str, source: str) -> Iterator[Problem]:
    """Find NaN and the infinities of well-formed text: Python's reader takes them, JSON has none."""
    if "NaN" not in text and "Infinity" not in text:
        return
    for found in _QUOTED_OR_WORD.finditer(text):
        if found[0].lstrip("-") in ("NaN", "Infinity"):
            line = text.count("\n", 0, found.start()) + 1
            yield Problem(source, line, "values that JSON has", found[0])


def _number(digits: str) -> int | str:
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def _finite(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _twice(source: str, line: int, key: str) -> Problem:
    return Problem(source, line, f"the key {key!r} once", "it twice")


def _yaml(text: str, source: str) -> Document:
    events = yaml.parse(text.translate(_NO_BREAKS), Loader=_LOADER)
    try:
        return _Build(source, events).document()
    except yaml.MarkedYAMLError as fault:
        raise BadInput(_malformed(text, source, fault)) from fault
    except yaml.reader.ReaderError as fault:
        line = text.count("\n", 0, fault.position) + 1
        got = f"the character U+{_code(fault.character):04X}"
        raise BadInput(Problem(source, line, "printable text", got)) from fault


def _code(character: Any) -> int:
    # The C parser hands over a number, the Python one a character.
    return character if isinstance(character, int) else ord(character)


def _malformed(text: str, source: str, fault: yaml.MarkedYAMLError) -> Problem:
    mark, said = fault.problem_mark, fault.problem or "something else"
    line = mark.line if mark else 0
    opened = fault.context_mark.line if fault.context_mark else line
    got = _PLAIN_WORDS.get(said, said).replace("{opened}", str(opened + 1))
    if mark and _rest(text, mark).startswith("\t"):
        got = "a tab (indent with spaces)"
    return Problem(source, line + 1, "well-formed YAML", got)


def _rest(text: str, mark: yaml.Mark) -> str:
    """Return what stands at a mark, to the end of its line."""
    lines = _LINE_BREAK.split(text)
    return lines[mark.line][mark.column :] if mark.line < len(lines) else ""


class _Build:
    """Builds a document's value from the parser's events, never deeper than allowed, whatever the text nests."""

    def __init__(self, source: str, events: Iterator[Any]) -> None:
        self.source, self._events = source, events
        self._lines: dict[Path, int] = {}
        self._faults: list[Problem] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        """Anchor -> its value and how many values it holds."""
        self._count = self._aliased = 0

    def document(self) -> Document:
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise self._refuse(1, "a document", "an empty file")
        value = self._value(next(self._events), ())
        next(self._events)  # the document's end
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._refuse(_line(after), "one document a file", "a second one")
        return Document(value, self.source, self._lines, tuple(self._faults))

    def _value(self, event: Any, path: Path) -> Any:
        line = _line(event)
        self._lines[path] = line
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        self._count += 1
        if len(path) > MAX_DEPTH or self._count > MAX_NODES:
            raise self._refuse(line, f"at most {MAX_DEPTH} levels and {MAX_NODES} values", "more")
        self._refuse_tag(event)
        before = self._count
        value = self._plain(event, path)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._count - before + 1)
        return value

    def _plain(self, event: Any, path: Path) -> Any:
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        text = event.value.translate(_AS_WRITTEN)
        return text if event.style or event.tag else _resolve(text)

    def _alias(self, event: Any) -> Any:
        line = _line(event)
        if event.anchor not in self._anchors:
            raise self._refuse(line, "an alias of an anchor above", f"'*{event.anchor}'")
        value, size = self._anchors[event.anchor]
        self._count += size
        self._aliased += size
        if self._aliased > MAX_ALIASED:
            raise self._refuse(line, f"aliases that repeat at most {MAX_ALIASED} values", "more")
        return value

    def _sequence(self, path: Path) -> list[Any]:
        out: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            out.append(self._value(event, (*path, len(out))))
        return out

    def _mapping(self, path: Path) -> dict[str, Any]:
        out: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise self._refuse(line, "a key that is text", "a list, mapping or alias as a key")
            self._refuse_tag(event)
            key = event.value.translate(_AS_WRITTEN)
            value = self._value(next(self._events), (*path, key))
            if key in out:
                self._faults.append(_twice(self.source, line, key))
            else:
                out[key] = value
            self._lines[(*path, key)] = line
        return out

    def _refuse_tag(self, event: Any) -> None:
        if event.tag not in _HARMLESS_TAGS:
            shown = event.tag.replace(_CORE, "!!")
            raise self._refuse(_line(event), "plain values without tags", f"the tag {shown!r}")

    def _refuse(self, line: int, expected: str, got: str) -> BadInput:
        return BadInput(Problem(self.source, line, expected, got))


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1


def _resolve(text: str) -> Any:
    """Resolve a plain scalar by the YAML 1.2 core schema, without its infinities."""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if len(text) <= MAX_DIGITS:
        if _INT.fullmatch(text):
            return int(text)
        if _BASED.fullmatch(text):
            return int(text, 0)
        if _FLOAT.fullmatch(text):
            return _finite(text)
    return text
