"""Whether anybody can be in an audience, and whether one audience holds all of another (SPEC 3, leaves).

A tree becomes a list of conjunctions. One on fields is possible if some value passes its leaves, and the values that
could tell them apart are few: each constant, what lies between constants, nothing, and the fullest list allowed.
History leaves are never true for a shopper who does not allow personalisation.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

from campaigns.audience import Facts, compile_condition
from campaigns.conditions import AllOf, AnyOf, Condition, Field, Happened, Not, VisitedZone, Visits
from campaigns.document import ARRIVE, Trigger
from campaigns.shopper import Shopper
from campaigns.state import ShopperState, Visit

Literal: TypeAlias = tuple[Condition, bool]
"""A leaf, and whether it has to hold."""
Conjunction: TypeAlias = tuple[Literal, ...]

MOST_CONJUNCTIONS = 512
"""A tree that branches wider is left alone: no finding is better than a slow or wrong one."""
EXACT_NUMBERS = 1e15
"""Beyond it, floating point may have nothing between two numbers, so nothing is claimed."""


def nobody(condition: Condition | None, trigger: Trigger, *, private: bool = False) -> bool:
    """Say whether an audience can be seen to hold nobody at this trigger: nobody at all, or of those who allow personalisation."""
    ways = _ways(condition, wanted=True)
    return ways is not None and not any(_possible(way, trigger, private=private) for way in ways)


def includes(wider: Condition | None, narrower: Condition | None, trigger: Trigger) -> bool:
    """Say whether everyone in `narrower` can be seen to be in `wider`."""
    inside, outside = _ways(narrower, wanted=True), _ways(wider, wanted=False)
    if inside is None or outside is None or len(inside) * len(outside) > MOST_CONJUNCTIONS:
        return False
    both = [(*one, *other) for one in inside for other in outside]
    return not any(_possible(way, trigger, private=True) for way in both)


def _ways(condition: Condition | None, *, wanted: bool) -> list[Conjunction] | None:
    """Return the conjunctions of which one must hold; None where there are too many."""
    match condition:
        case None:
            return [()] if wanted else []
        case Not(part):
            return _ways(part, wanted=not wanted)
        case AllOf(parts) | AnyOf(parts):
            each = [_ways(part, wanted=wanted) for part in parts]
            known = [ways for ways in each if ways is not None]
            if len(known) < len(each):
                return None
            return _product(known) if isinstance(condition, AllOf) == wanted else _sum(known)
        case _:
            return [((condition, wanted),)]


def _sum(each: Sequence[list[Conjunction]]) -> list[Conjunction] | None:
    ways = [way for ways in each for way in ways]
    return ways if len(ways) <= MOST_CONJUNCTIONS else None


def _product(each: Sequence[list[Conjunction]]) -> list[Conjunction] | None:
    out: list[Conjunction] = [()]
    for ways in each:
        out = [(*one, *other) for one in out for other in ways]
        if len(out) > MOST_CONJUNCTIONS:
            return None
    return out


def _possible(way: Conjunction, trigger: Trigger, *, private: bool = False) -> bool:
    """Say whether some shopper passes; `private` ones, who do not allow personalisation, may pass too."""
    by_field: dict[tuple[str, str | None], list[tuple[Field, bool]]] = defaultdict(list)
    history: list[Literal] = []
    for leaf, wanted in way:
        if isinstance(leaf, Field):
            by_field[leaf.name, leaf.attribute].append((leaf, wanted))
        else:
            history.append((leaf, wanted))
    past = _history_possible(history, trigger) or (private and not any(wanted for _, wanted in history))
    return past and all(_value_exists(some) for some in by_field.values())


# Fields: is there a value?


def _value_exists(literals: Sequence[tuple[Field, bool]]) -> bool:
    if any(abs(value) >= EXACT_NUMBERS for value in _numbers_in(literals)):
        return True
    tests = [(compile_condition(leaf), wanted) for leaf, wanted in literals]
    for value in _candidates(literals):
        facts = _facts(literals[0][0], value)
        if all(test(facts) == wanted for test, wanted in tests):
            return True
    return False


def _facts(leaf: Field, value: Any) -> Facts:
    shopper = Shopper("?", attributes={leaf.attribute: value} if leaf.attribute is not None else {})
    if leaf.name == "tags":
        shopper = Shopper("?", tags=tuple(value or ()), has_tags=value is not None)
    elif leaf.name in ("tier", "locale"):
        shopper = Shopper("?", **{leaf.name: value})
    return Facts(shopper, ShopperState(), Visit("", 1, 0, 0), 0)


def _candidates(literals: Sequence[tuple[Field, bool]]) -> Iterator[Any]:
    constants = [value for leaf, _ in literals for value in _values(leaf)]
    name = literals[0][0].name
    yield None
    if name == "tags" or literals[0][0].attribute is not None:
        yield _fullest_list(literals, constants)
    if name != "tags":
        yield from _texts(one for one in constants if isinstance(one, str))
    if literals[0][0].attribute is not None:
        yield from (True, False)
        yield from _numbers(_numbers_in(literals))


def _values(leaf: Field) -> tuple[Any, ...]:
    return leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)


def _numbers_in(literals: Sequence[tuple[Field, bool]]) -> list[float]:
    constants = (value for leaf, _ in literals for value in _values(leaf))
    return [one for one in constants if isinstance(one, int | float) and not isinstance(one, bool)]


def _fullest_list(literals: Sequence[tuple[Field, bool]], constants: Iterable[Any]) -> list[Any]:
    """Return all constants but those that must not be contained: if any list passes, this one does."""
    banned = [
        value
        for leaf, wanted in literals
        if not wanted and leaf.op in ("contains", "contains_any")
        for value in _values(leaf)
    ]
    return [
        one for one in constants if not any(one == other and type(one) is type(other) for other in banned)
    ]


def _texts(constants: Iterable[str]) -> Iterator[str]:
    yield ""
    for one in constants:
        yield one
        yield one + "\0"  # the very next text by code point


def _numbers(constants: Iterable[float]) -> Iterator[float]:
    known = sorted(set(constants)) or [0]
    yield from (*known, known[0] - 1, known[-1] + 1)
    for low, high in pairwise(known):
        yield (low + high) / 2


# History: does one leaf rule another out?


def _history_possible(literals: Sequence[Literal], trigger: Trigger) -> bool:
    needed = [leaf for leaf, wanted in literals if wanted]
    if any(_never(leaf) for leaf in needed):
        return False
    zones = {leaf.zone for leaf in needed if isinstance(leaf, VisitedZone) and leaf.zone is not None}
    if trigger.on == ARRIVE and len(zones) > 1:
        return False  # on arriving, a shopper has been seen in one zone
    here = VisitedZone(trigger.zone)
    refused = [leaf for leaf, wanted in literals if not wanted]
    return not any(_implies(leaf, other) for other in refused for leaf in (*needed, here, Visits(1, None)))


def _never(leaf: Condition) -> bool:
    match leaf:
        case Visits(at_least, span):
            return at_least > 1 and span == 0
        case Happened(_, _, span):
            return span == 0
        case _:
            return False


def _implies(leaf: Condition, other: Condition) -> bool:
    match leaf, other:
        case Visits(most, _), Visits(1, _):
            return most >= 1  # the running visit always counts
        case Visits(most, near), Visits(least, far):
            return most >= least and _shorter(near, far)
        case Happened(kind, what, near), Happened(other_kind, other_what, far):
            return kind == other_kind and other_what in (None, what) and _shorter(near, far)
        case VisitedZone(zone), VisitedZone(other_zone):
            return other_zone in (None, zone)
        case _:
            return False


def _shorter(near: int | None, far: int | None) -> bool:
    return far is None or (near is not None and near <= far)
