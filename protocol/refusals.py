"""What a reader says of a line or value that it refuses, in the order of every other refusal: expected, got."""

import re
from typing import Final

from protocol.errors import Problem

_OF_ANOTHER_TYPE: Final = re.compile(r"Expected `([^`]+)`, got `([^`]+)`(?: - at `\$\.?([^`]*)`)?")
_MISSING: Final = re.compile(r"Object missing required field `([^`]+)`(?: - at `\$\.?([^`]*)`)?")
_NO_CHOICE: Final = re.compile(r"Invalid enum value (.+) - at `\$\.([^`]+)`")
"""As msgspec words them."""

_WORDS: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
}


def refused(source: str, line: int | None, what: str, fault: ValueError) -> Problem:
    """Make a problem of what kept `what` from being read."""
    expected, got = _in_words(str(fault), what)
    return Problem(source, line, expected, got)


def in_order(said: str) -> str:
    """Turn "... expected, got ..." round; other words stay as they are."""
    expected, comma, got = said.partition(" expected, got ")
    return f"expected {expected}, got {got}" if comma else said


def _in_words(said: str, what: str) -> tuple[str, str]:
    expected, comma, got = said.partition(" expected, got ")
    if comma:
        return expected, got
    if found := _OF_ANOTHER_TYPE.fullmatch(said):
        return f"{found[3] or what} as {_typed(found[1])}", _typed(found[2])
    if found := _MISSING.fullmatch(said):
        return f"{found[1]!r} in {found[2] or what}", "nothing"
    if found := _NO_CHOICE.fullmatch(said):
        return f"a known {found[2]}", found[1]
    return what, said


def _typed(types: str) -> str:
    return " or ".join(_WORDS.get(one, one) for one in types.split(" | "))
