"""The audience's condition tree (SPEC 3): all, any, not, field leaves and history leaves. Values only; audience.py judges."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from protocol.document import Path
from protocol.instants import DAY, Instant
from protocol.reading import Reader, hint, shown

Scalar: TypeAlias = str | int | float | bool

OPS = ("eq", "ne", "in", "not_in", "contains", "contains_any", "ge", "le", "gt", "lt", "exists")
ORDERED = frozenset(("ge", "le", "gt", "lt"))
LISTED = frozenset(("in", "not_in", "contains_any"))
FIELDS = ("tier", "tags", "locale")
TEXT_FIELDS = frozenset(("tier", "locale"))
NODES = ("all", "any", "not", "visits", "purchased", "received", "opened", "visited_zone")
MAX_VALUES = 1_000
"""Longest list of values in a leaf, and most nodes below one `all` or `any`."""
MAX_WITHIN_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class Field:
    """A shopper's field compared with a value; `attribute` names one of `attributes`."""

    name: str
    attribute: str | None
    op: str
    value: Scalar | tuple[Scalar, ...] | None


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits to this store by their start, the running one included."""

    at_least: int
    within_ms: Instant | None


@dataclass(frozen=True, slots=True)
class Happened:
    """A purchase (of `what` tag), or a message received or opened (of `what` campaign)."""

    kind: str
    what: str | None
    within_ms: Instant | None


@dataclass(frozen=True, slots=True)
class VisitedZone:
    """A stay in the zone during the running visit, open or not."""

    zone: str | None


Condition: TypeAlias = AllOf | AnyOf | Not | Field | Visits | Happened | VisitedZone


def asks_sent(condition: Condition | None) -> bool:
    """Say whether a decision made a moment before may change what the condition says."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            return any(map(asks_sent, parts))
        case Not(part):
            return asks_sent(part)
        case Happened():
            return condition.kind == "received"
        case _:
            return False


def read_condition(parent: Reader, key: str | int) -> Condition | None:
    """Read the tree under `key`, noting every problem; None where it is broken."""
    return _node(parent, (*parent.path, key))


def _node(parent: Reader, path: Path) -> Condition | None:
    r = Reader(parent.document, path, parent.problems, what="a condition")
    if not r.keys():
        r.fault(None, "a condition", "an empty mapping")  # unheard where it is no mapping at all
        return None
    if r.has("field") or r.has("op"):
        return _field(Reader(parent.document, path, parent.problems, what="a condition on a field"))
    keys = r.keys()
    if len(keys) != 1:
        r.fault(None, "one key a condition", ", ".join(keys))
        return None
    key = keys[0]
    match key:
        case "all" | "any":
            return _parts(r, key)
        case "not":
            part = _node(r, (*path, "not"))
            return None if part is None else Not(part)
        case "visits" | "purchased" | "received" | "opened" | "visited_zone":
            return _history(Reader(parent.document, (*path, key), parent.problems, what=key), key)
        case _:
            near = hint(key, ("field", *NODES))
            r.fault(key, f"a condition: field, {', '.join(NODES)}", repr(key) + near)
            return None


def _parts(r: Reader, key: str) -> Condition | None:
    count = len(r.items(key, default=False, empty=False))
    if count > MAX_VALUES:
        r.fault(key, f"at most {MAX_VALUES} conditions", str(count))
        return None
    parts = [_node(r, (*r.path, key, k)) for k in range(count)]
    whole = tuple(part for part in parts if part is not None)
    return AllOf(whole) if key == "all" else AnyOf(whole)


def _history(r: Reader, key: str) -> Condition:
    condition: Condition
    match key:
        case "visits":
            condition = Visits(r.integer("at_least", 1, 1_000_000, 1), _within(r))
        case "visited_zone":
            condition = VisitedZone(r.slug("zone", None))
        case "purchased":
            condition = Happened("purchase", r.text("tag", None), _within(r))
        case _:
            condition = Happened(key, r.slug("campaign", None), _within(r))
    r.done()
    return condition


def _within(r: Reader) -> Instant | None:
    if not r.has("within_days"):
        return None
    return round(r.number("within_days", 0, MAX_WITHIN_DAYS) * DAY)


def _field(r: Reader) -> Condition | None:
    before = len(r.problems)
    name = r.text("field")
    attribute = name.removeprefix("attributes.") if name.startswith("attributes.") else None
    if name and (attribute == "" or (attribute is None and name not in FIELDS)):
        near = hint(name, (*FIELDS, "attributes."))
        r.fault("field", "tier, tags, locale or attributes.<name>", shown(name) + near)
    op = r.choice("op", OPS)
    value = _value(r, op) if r.raw("op", None) == op else r.raw("value", None)
    r.done()
    if len(r.problems) == before and op != "exists":
        _comparable(r, name, op, value)
    return Field(name, attribute, op, value) if len(r.problems) == before else None


def _value(r: Reader, op: str) -> Scalar | tuple[Scalar, ...] | None:
    if op == "exists":
        if r.has("value"):
            r.fault("value", "no value with exists", shown(r.raw("value")))
        return None
    if op in LISTED:
        values = r.items("value", default=False, empty=False)
        if len(values) > MAX_VALUES:
            r.fault("value", f"at most {MAX_VALUES} values", str(len(values)))
        for k, value in enumerate(values):
            if not _scalar(value):
                r.fault(("value", k), "a list of texts, numbers or booleans", shown(value))
        return tuple(values)
    value = r.raw("value")
    if value is not None and not _scalar(value):
        r.fault("value", f"a text, number or boolean with {op}", shown(value))
        return None
    return value  # type: ignore[no-any-return]


def _scalar(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def _comparable(r: Reader, name: str, op: str, value: Scalar | tuple[Scalar, ...] | None) -> None:
    """Refuse what can be seen never to compare: a text field with a number, an order over booleans, a list op on text."""
    if op in ORDERED and isinstance(value, bool):
        r.fault("value", f"a text or number with {op}", shown(value))
    contains = op in ("contains", "contains_any")
    if name in TEXT_FIELDS and contains:
        r.fault("op", f"an op for text ({name} is one text)", op)
    if name == "tags" and not contains:
        r.fault("op", "contains, contains_any or exists (tags is a list)", op)
    if name in TEXT_FIELDS or name == "tags":
        values = value if isinstance(value, tuple) else (value,)
        if not any(isinstance(v, str) for v in values):
            r.fault("value", f"text ({name} holds text)", shown(values[0]))
