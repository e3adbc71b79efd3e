"""Where each part of a JSON text stands (RFC 8259): its line by path, keys that come twice, and how deep it goes."""

import json
import re
from dataclasses import dataclass, field
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]

# The text is known to be JSON, so a mark that is neither text nor punctuation is a number or a word.
_MARK = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],]|[^\s{}\[\],:"]+')


@dataclass(slots=True)
class _Open:
    """An object or list that has not been closed yet."""

    path: Path
    keys: set[str] | None
    """Keys seen so far; None in a list."""
    step: str | int | None
    """The key or index whose value comes next; None where a key comes next."""

    @property
    def inner(self) -> Path:
        return self.path if self.step is None else (*self.path, self.step)


@dataclass(slots=True)
class JsonPlaces:
    """What `places` found out; `too_deep` is the line that goes deeper than allowed."""

    lines: dict[Path, int] = field(default_factory=dict)
    doubles: list[tuple[int, str]] = field(default_factory=list)
    too_deep: int | None = None


def places(text: str, max_depth: int) -> JsonPlaces:
    """Walk a well-formed JSON text; stop where it is deeper than `max_depth`."""
    found, line, position = JsonPlaces(), 1, 0
    stack: list[_Open] = []
    for mark in _MARK.finditer(text):
        line += text.count("\n", position, mark.start())
        position = mark.start()
        _take(mark[0], line, stack, found)
        if len(stack) > max_depth:
            found.too_deep = line
            break
    return found


def _take(mark: str, line: int, stack: list[_Open], found: JsonPlaces) -> None:
    top = stack[-1] if stack else None
    if top is not None and mark in ("}", "]"):
        stack.pop()
    elif top is not None and mark == ",":
        top.step = top.step + 1 if isinstance(top.step, int) else None
    elif top is not None and top.keys is not None and top.step is None:
        _key(json.loads(mark), line, top, found)
    else:
        path = top.inner if top is not None else ()
        found.lines.setdefault(path, line)
        if mark in ("{", "["):
            stack.append(_Open(path, set(), None) if mark == "{" else _Open(path, None, 0))


def _key(key: str, line: int, top: _Open, found: JsonPlaces) -> None:
    if top.keys is not None and key in top.keys:
        found.doubles.append((line, key))
    elif top.keys is not None:
        top.keys.add(key)
    top.step = key
    found.lines[top.inner] = line
