"""Read a document field by field and collect every problem at once (one reader for plans and campaigns, docs/adr/0002)."""

import difflib
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from protocol.document import Document, Path
from protocol.errors import BadInput, Problem

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
BEACON_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}", re.ASCII)
MAX_TEXT = 2_000
"""Longest text in a document, in characters: a push payload is at most 4,096 bytes."""
MAX_ITEMS = 50_000

_REQUIRED: Any = object()
T = TypeVar("T")


def shown(value: object) -> str:
    """Name a value briefly, as an error message would."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case dict():
            return "a mapping"
        case list():
            return f"a list of {len(value)}" if value else "an empty list"
        case _:
            text = repr(value)
            return text if len(text) <= 60 else text[:57] + "...'"


class Reader:
    """One mapping of a document; typed getters note problems instead of raising and return a stand-in."""

    def __init__(self, document: Document, path: Path, problems: list[Problem], *, what: str) -> None:
        self.document, self.path, self.problems, self.what = document, path, problems, what
        value = document.value
        for step in path:
            value = value[step]
        self._known: set[str] = set()
        self._missing: dict[str, Problem] = {}
        self._value: dict[str, Any] = value if isinstance(value, dict) else {}
        if not isinstance(value, dict):
            self.fault(None, f"{what} as a mapping", shown(value))
            self.problems = []  # said once; whatever else is missing in it is no further news

    def fault(self, key: str | int | Path | None, expected: str, got: str) -> None:
        """Note a problem of the mapping (None), of a key, or of a path below it."""
        below = () if key is None else key if isinstance(key, tuple) else (key,)
        line = self.document.line((*self.path, *below))
        self.problems.append(Problem(self.document.source, line, expected, got))

    def missing(self, key: str, like: str = "") -> None:
        """Note that a key that must be there is not; `like` shows what it could be."""
        self.fault(key if key in self._value else None, f"{key!r} in {self.what}{like}", "nothing")
        self._missing[key] = self.problems[-1]

    def has(self, key: str) -> bool:
        self._known.add(key)
        return self._value.get(key) is not None

    def raw(self, key: str, default: Any = _REQUIRED) -> Any:
        """Return the value of `key`; None counts as absent."""
        self._known.add(key)
        value = self._value.get(key)
        if value is not None:
            return value
        if default is _REQUIRED:
            self.missing(key)
            return None
        return default

    def text(
        self, key: str, default: T = _REQUIRED, *, limit: int = MAX_TEXT, empty: bool = False
    ) -> str | T:
        value: Any = self.raw(key, default)
        if value is default:
            return default
        if value is None:
            return ""
        if not isinstance(value, str) or (not value and not empty):
            self.fault(key, f"{key} as text" + (" that is not empty" if value == "" else ""), shown(value))
            return ""
        if len(value) > limit:
            self.fault(key, f"{key} of at most {limit} characters", f"{len(value)}")
        if any("\ud800" <= char <= "\udfff" for char in value):
            self.fault(key, f"{key} as Unicode text", "half a surrogate pair")
            return ""
        return value

    def slug(self, key: str, default: T = _REQUIRED, *, pattern: re.Pattern[str] = SLUG) -> str | T:
        value: Any = self.raw(key, default)
        if value is default:
            return default
        if value is None:
            return ""
        if not isinstance(value, str) or not pattern.fullmatch(value):
            letters = "lower-case letters" if pattern is SLUG else "letters"
            self.fault(key, f"{key} of {letters}, digits and dashes, at most 63", shown(value))
            return ""
        return value

    def choice(self, key: str, options: Sequence[str], default: T = _REQUIRED) -> str | T:
        value: Any = self.raw(key, default)
        if value is default:
            return default
        if value is None:
            return options[0]
        if not isinstance(value, str) or value not in options:
            self.fault(key, f"{key} as one of {', '.join(options)}", shown(value) + hint(str(value), options))
            return options[0]
        return value

    def integer(self, key: str, low: int, high: int, default: T = _REQUIRED) -> int | T:
        value: Any = self.raw(key, default)
        if value is default:
            return default
        if value is None:
            return low
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fault(key, f"{key} as a whole number from {low} to {high}", shown(value))
            return low
        return value

    def number(self, key: str, low: float, high: float, default: T = _REQUIRED) -> float | T:
        value: Any = self.raw(key, default)
        if value is default:
            return default
        if value is None:
            return low
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.fault(key, f"{key} as a number from {low:g} to {high:g}", shown(value))
            return low
        return value

    def milliseconds(self, key: str, low_s: float, high_s: float, default_s: T = _REQUIRED) -> int | T:
        """Read seconds, return milliseconds."""
        value = self.number(key, low_s, high_s, default_s)
        return round(value * 1000) if isinstance(value, int | float) else value

    def version(self, known: int) -> None:
        """Refuse a document of another version than the one known."""
        value = self.raw("version")
        if value is not None and (isinstance(value, bool) or value != known):
            self.fault("version", f"version {known}", shown(value))

    def boolean(self, key: str, default: T = _REQUIRED) -> bool | T:
        value: Any = self.raw(key, default)
        if value is default or isinstance(value, bool):
            return value
        if value is not None:
            self.fault(key, f"{key} as true or false", shown(value))
        return False

    def parsed(self, key: str, parse: Callable[[str], Any], default: Any = _REQUIRED) -> Any:
        """Read text through `parse`, whose ValueError says "... expected, got ..."."""
        value: Any = self.raw(key, default)
        if value is default or value is None:
            return value
        try:
            if not isinstance(value, str):
                raise ValueError(f"{key} as text expected, got {shown(value)}")
            return parse(value)
        except ValueError as fault:
            expected, _, got = str(fault).partition(" expected, got ")
            self.fault(key, expected, got or shown(value))
            return None

    def point(self, key: str) -> tuple[float, ...] | None:
        """Read [x, y] or [x, y, z] in metres."""
        value = self.raw(key, None)
        if value is None:
            return None
        if isinstance(value, list) and len(value) in (2, 3) and all(_finite(part) for part in value):
            return tuple(float(part) for part in value)
        self.fault(key, f"{key} as [x, y] or [x, y, z] in metres", shown(value))
        return None

    def items(self, key: str, *, default: bool = True, empty: bool = True) -> list[Any]:
        """Read a list."""
        value = self.raw(key, [] if default else _REQUIRED)
        if value is None:
            return []
        if not isinstance(value, list) or (not value and not empty):
            self.fault(key, f"{key} as a list" + ("" if empty else " that is not empty"), shown(value))
            return []
        if len(value) > MAX_ITEMS:
            self.fault(key, f"at most {MAX_ITEMS} {key}", f"{len(value)}")
            return []
        return value

    def texts(self, key: str, *, empty: bool = False) -> tuple[str, ...]:
        """Read a list of texts."""
        out = []
        for k, value in enumerate(self.items(key, empty=empty)):
            if isinstance(value, str) and value:
                out.append(value)
            else:
                self.fault((key, k), f"{key} as a list of texts", shown(value))
        return tuple(out)

    def child(self, key: str, *, what: str | None = None) -> "Reader | None":
        """Return a reader of the mapping under `key`, or None where there is none."""
        if not self.has(key):
            return None
        return Reader(self.document, (*self.path, key), self.problems, what=what or key)

    def children(self, key: str, *, what: str, empty: bool = True) -> Iterator["Reader"]:
        """Yield a reader for each mapping of the list under `key`."""
        for k in range(len(self.items(key, empty=empty))):
            yield Reader(self.document, (*self.path, key, k), self.problems, what=what)

    def keys(self) -> list[str]:
        """Return the keys present, all then counted as known."""
        self._known.update(self._value)
        return list(self._value)

    def done(self) -> None:
        """Refuse every key that nobody asked for, naming the nearest known one."""
        for key in self._value:
            if key not in self._known:
                near = nearest(key, sorted(self._known))
                if near in self._missing:  # misspelt, so it is one mistake and not two
                    self.problems.remove(self._missing.pop(near))
                self.fault(key, f"only known keys in {self.what}", f"{shown(key)}{_meant(near)}")


def hint(word: str, known: Sequence[str]) -> str:
    """Return ' (did you mean ...?)' for the nearest known word, or nothing."""
    return _meant(nearest(word, known))


def nearest(word: str, known: Sequence[str]) -> str:
    """Return the nearest known word that is another one, or nothing."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return near[0] if near and near[0] != word else ""


def _meant(word: str) -> str:
    return f" (did you mean {word!r}?)" if word else ""


def settle(problems: Sequence[Problem]) -> None:
    """Raise BadInput where a reading found problems, in order of lines."""
    if problems:
        raise BadInput(*sorted(problems, key=lambda p: (p.source, p.line or 0)))


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
