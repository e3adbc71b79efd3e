"""A changed campaign written back as YAML 1.2: only the lines of what changed are new, comments elsewhere stay (SPEC 3)."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from protocol.document import Path, read_document
from protocol.errors import BadInput

KEYS = (
    "version",
    "id",
    "name",
    "status",
    "stores",
    "trigger",
    "trust",
    "schedule",
    "audience",
    "limits",
    "priority",
    "holdout_pct",
    "deadline_s",
    "cancel_on_exit",
    "blocked",
    "channels",
    "message",
    "variants",
    "goal",
)
"""A document's keys in the order people read them; a new one takes its place in it."""

NESTED = frozenset(("audience", "limits", "message", "schedule", "variants"))
"""Parts written over several lines; all others fit one."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*", re.ASCII)
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"))
"""Plain texts that this reader or an older one takes for something else."""
_BREAKS = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON leaves as it is and YAML does not take, or takes for the end of a line."""


def written(value: Mapping[str, Any]) -> str:
    """Return a whole document."""
    return "".join(line for key, part in _ordered(value).items() for line in _entry(key, part, 0))


def rewritten(text: str, value: Mapping[str, Any], source: str) -> str:
    """Return the text changed so that it reads as `value`; the same text where it does already. Raises BadInput."""
    document = read_document(text, source)
    if same(_ordered(document.value), _ordered(value)):
        return text
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    changed = "".join(_Rewriting(lines, document.lines).mapping((), document.value, value, len(lines)))
    # Flow style, anchors and odd indentation are left to the reader to judge: what it does not read back is written anew.
    return changed if _reads_as(changed, value, source) else written(value)


def same(one: object, other: object) -> bool:
    """Say whether two values are written alike: true is not 1, and the order of keys counts."""
    return json.dumps(one) == json.dumps(other)


def _reads_as(text: str, value: Mapping[str, Any], source: str) -> bool:
    try:
        document = read_document(text, source)
    except BadInput:
        return False
    return not document.faults and same(_ordered(document.value), _ordered(value))


def _ordered(value: Mapping[str, Any]) -> dict[str, Any]:
    """Sort the document's own keys; below them order may mean something, such as the first locale."""
    return dict(sorted(value.items(), key=lambda pair: KEYS.index(pair[0]) if pair[0] in KEYS else len(KEYS)))


class _Rewriting:
    """The lines of a document, of which one mapping after the other is made new."""

    def __init__(self, lines: list[str], places: Mapping[Path, int]) -> None:
        self._lines, self._places = lines, places

    def mapping(self, path: Path, old: Mapping[str, Any], new: Mapping[str, Any], end: int) -> list[str]:
        """Return the lines from a mapping's first key up to line `end`, as `new` has it."""
        starts = [self._places[(*path, key)] - 1 for key in old]
        first = starts[0] if path and starts else 0
        out = self._lines[first : starts[0] if starts else end]
        indent = _indent(self._lines[starts[0]]) if starts else 0
        fresh = [key for key in new if key not in old]
        nexts = [*list(old)[1:], None]
        for key, start, stop, following in zip(old, starts, [*starts[1:], end], nexts, strict=True):
            last = self._without_tail(start, stop)
            if key in new:
                out += self._part((*path, key), old[key], new[key], start, last, indent)
            for one in _due(fresh, following) if not path or following is None else ():
                fresh.remove(one)
                out += _entry(one, new[one], indent)
            out += self._lines[last:stop]
        return out

    def _part(self, path: Path, old: Any, new: Any, start: int, stop: int, indent: int) -> list[str]:
        if same(old, new):
            return self._lines[start:stop]
        if isinstance(old, dict) and isinstance(new, dict) and old and new and self._is_block(path, old):
            return [self._lines[start], *self.mapping(path, old, new, stop)]
        return list(_entry(str(path[-1]), new, indent))

    def _is_block(self, path: Path, value: Mapping[str, Any]) -> bool:
        lines = [self._places[path], *(self._places[(*path, key)] for key in value)]
        return all(one < other for one, other in pairwise(lines))

    def _without_tail(self, start: int, stop: int) -> int:
        """Leave out blank lines and comments at the end: they speak of what comes next."""
        while stop > start + 1 and self._lines[stop - 1].strip()[:1] in ("", "#"):
            stop -= 1
        return stop


def _due(fresh: list[str], following: str | None) -> list[str]:
    """Return the new keys to write before the next one: those people expect there, and all of them at the end."""
    if following is None:
        return list(fresh)
    place = KEYS.index(following) if following in KEYS else len(KEYS)
    return [one for one in fresh if one in KEYS and KEYS.index(one) < place]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _entry(key: str, value: Any, indent: int) -> Iterator[str]:
    blanks = " " * indent
    name = key if key == "on" else _text(key)  # a key like any other (SPEC 3)
    if key in NESTED and value and isinstance(value, dict | list):
        yield f"{blanks}{name}:\n"
        yield from _nested(value, indent + 2)
    else:
        yield f"{blanks}{name}: {_flow(value)}\n"


def _nested(value: Any, indent: int) -> Iterator[str]:
    blanks = " " * indent
    if isinstance(value, list):
        yield from (f"{blanks}- {_flow(part)}\n" for part in value)
        return
    for name, part in value.items():
        if name in ("all", "any") and isinstance(part, list) and part:
            yield f"{blanks}{name}:\n"
            yield from _nested(part, indent + 2)
        else:
            yield f"{blanks}{_text(name)}: {_flow(part)}\n"


def _flow(value: Any) -> str:
    match value:
        case dict():
            pairs = (f"{key if key == 'on' else _text(key)}: {_flow(part)}" for key, part in value.items())
            return "{" + ", ".join(pairs) + "}"
        case list():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case str():
            return _text(value)
        case _:
            return json.dumps(value)


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
