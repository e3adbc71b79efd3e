"""Compile a condition tree into closures over the facts of one trigger (SPEC 3, "Leaves")."""

import operator
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from campaigns.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Field,
    Happened,
    Not,
    Scalar,
    Visits,
)
from campaigns.shopper import Shopper
from campaigns.state import ShopperState, Visit
from protocol.instants import Instant


class Facts(msgspec.Struct, frozen=True, gc=False):
    """What a condition may look at: the shopper, the past, the trigger's visit and instant."""

    shopper: Shopper
    state: ShopperState
    visit: Visit
    at: Instant


Test: TypeAlias = Callable[[Facts], bool]

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "ge": operator.ge,
    "le": operator.le,
    "gt": operator.gt,
    "lt": operator.lt,
}


_LISTS = (list, tuple)


def everyone(_: Facts) -> bool:
    return True


def compile_condition(condition: Condition | None) -> Test:
    """Return the test of a tree; an absent one means everyone."""
    match condition:
        case None:
            return everyone
        case AllOf(parts):
            return _all([compile_condition(part) for part in parts])
        case AnyOf(parts):
            tests = [compile_condition(part) for part in parts]
            return lambda facts: any(test(facts) for test in tests)
        case Not(part):
            test = compile_condition(part)
            return lambda facts: not test(facts)
        case Field():
            return _field(condition)
        case Visits():
            return _personal(_visits(condition))
        case Happened():
            return _personal(_happened(condition))
        case _:
            zone = condition.zone
            return _personal(
                lambda facts: bool(facts.visit.stays) if zone is None else zone in facts.visit.stays
            )


def _all(tests: list[Test]) -> Test:
    """Join tests in their order; a pair, the most common audience, without a loop."""
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda facts: first(facts) and second(facts)
    return lambda facts: all(test(facts) for test in tests)


def _personal(test: Test) -> Test:
    """History is looked at only with the shopper's consent to personalisation."""
    return lambda facts: facts.shopper.consents("personalisation") and test(facts)


def within(then: Instant, now: Instant, span: Instant | None) -> bool:
    """Say whether an instant has come and is less than `span` ago; no span is ever."""
    return then <= now and (span is None or now - then < span)


def visit_count(facts: Facts, span: Instant | None) -> int:
    """Count visits to this store by their start; the running one counts however long ago it began."""
    visit, told = facts.visit, facts.state.history.visits
    count, store = visit.no, visit.store
    if span is not None:
        earlier = facts.state.presence.started.get(store, [])[: count - 1]
        count = 1 + sum(within(start, facts.at, span) for start in earlier)
    if told:
        count += sum(where == store and within(then, facts.at, span) for then, where in told)
    return count


def _visits(leaf: Visits) -> Test:
    return lambda facts: visit_count(facts, leaf.within_ms) >= leaf.at_least


def _happened(leaf: Happened) -> Test:
    def matches(then: Instant, what: str | None, facts: Facts) -> bool:
        return (leaf.what is None or what == leaf.what) and within(then, facts.at, leaf.within_ms)

    def purchased(facts: Facts) -> bool:
        return any(matches(then, what, facts) for then, what in facts.state.history.purchases)

    def opened(facts: Facts) -> bool:
        return any(matches(then, what, facts) for then, what in facts.state.history.opened)

    def received(facts: Facts) -> bool:
        return any(matches(then, what, facts) for then, what in facts.state.history.received) or any(
            one.outcome == "send" and matches(one.at, one.campaign, facts) for one in facts.state.sent
        )

    return {"purchase": purchased, "opened": opened, "received": received}[leaf.kind]


def _getter(leaf: Field) -> Callable[[Shopper], Any]:
    if leaf.attribute is not None:
        name = leaf.attribute
        return lambda shopper: shopper.attributes.get(name)
    if leaf.name == "tags":
        return lambda shopper: shopper.tags if shopper.has_tags else None
    return operator.attrgetter(leaf.name)


def _kind(value: Any) -> str | None:
    """Name what a value compares with: text with text, number with number, boolean with boolean."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "text"
    return "number" if isinstance(value, int | float) else None


def _field(leaf: Field) -> Test:
    get, compare = _getter(leaf), _comparison(leaf)
    return lambda facts: compare(get(facts.shopper))


def _comparison(leaf: Field) -> Callable[[Any], bool]:
    op, value = leaf.op, leaf.value
    if op == "exists":
        return lambda actual: actual is not None
    if isinstance(value, tuple):
        return _listed(op, value)
    kind = _kind(value)
    if op == "contains" and kind == "text":
        return lambda actual: isinstance(actual, _LISTS) and value in actual  # nothing but text equals a text
    if op == "contains":
        return lambda actual: isinstance(actual, _LISTS) and any(_same(item, value) for item in actual)
    if op == "eq":
        return lambda actual: actual == value and _kind(actual) == kind
    if op == "ne":
        return lambda actual: actual != value and _kind(actual) == kind
    order = _ORDER[op]
    return lambda actual: _kind(actual) == kind and order(actual, value)


def _same(one: Any, other: Scalar | None) -> bool:
    return _kind(one) == _kind(other) and one == other


def _listed(op: str, values: tuple[Scalar, ...]) -> Callable[[Any], bool]:
    members = frozenset((_kind(value), value) for value in values)
    if op == "in" and all(isinstance(value, str) for value in values):
        return lambda actual: isinstance(actual, str) and actual in values
    kinds = frozenset(_kind(value) for value in values)
    if op == "in":
        return lambda actual: _kind(actual) in kinds and (_kind(actual), actual) in members
    if op == "not_in":
        return lambda actual: _kind(actual) in kinds and (_kind(actual), actual) not in members
    return lambda actual: (
        isinstance(actual, _LISTS)
        and any(_kind(item) in kinds and (_kind(item), item) in members for item in actual)
    )
