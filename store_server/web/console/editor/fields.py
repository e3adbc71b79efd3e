"""The editor's plain fields: one text a field, each with its place in the campaign document (SPEC 3). Pure.

A field that comes back as it was shown leaves its part of the document alone, so what a form cannot say is never lost.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeAlias

from campaigns.schedule import WEEKDAYS
from protocol.document import Path

Fields: TypeAlias = Mapping[str, str]
"""A form as it is sent: what was ticked under one name is joined by commas."""

UNITS: Mapping[str, int] = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}
LONGEST_NUMBER = 60
"""Digits; a longer one stays text, and is refused where a number is asked for."""

_INT = re.compile(r"[-+]?[0-9]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][-+]?[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Control:
    """One field: where it stands in the document, how it is read, what is shown where the document says nothing."""

    name: str
    kind: str = "text"
    default: str = ""

    @property
    def path(self) -> Path:
        return tuple(self.name.split("."))


CONTROLS = (
    Control("id"),
    Control("name"),
    Control("stores", "stores"),
    Control("trigger.on"),
    Control("trigger.zone"),
    Control("trigger.after_s", "span"),
    Control("trigger.within", default="far"),
    Control("trust", default="app"),
    Control("schedule.starts"),
    Control("schedule.ends"),
    Control("schedule.days", "days"),
    Control("schedule.hours", "hours"),
    Control("limits.per_visit", "number"),
    Control("limits.per_shopper.max", "number"),
    Control("limits.per_shopper.within_days", "number"),
    Control("limits.cooldown_s", "span"),
    Control("limits.total", "number"),
    Control("priority", "number"),
    Control("holdout_pct", "number"),
    Control("deadline_s", "span"),
    Control("cancel_on_exit", "yes-no"),
    Control("blocked", default="inbox"),
    Control("channels", "channels"),
    Control("goal.kind"),
    Control("goal.tag"),
    Control("goal.within_s", "span"),
)

ONLY_WITH = {"zone": ("enter", "dwell", "exit"), "within": ("enter", "dwell"), "after_s": ("dwell",)}
"""A trigger's keys and the triggers they fit."""
FIRST_AFTER_S = 60
"""Seconds offered where somebody chooses to wait and has not said how long."""


def shown(value: Mapping[str, Any]) -> dict[str, str]:
    """Return a document's plain fields as texts."""
    out: dict[str, str] = {}
    for control in CONTROLS:
        out |= show_field(control, at(value, control.path))
    return out


def patch(value: dict[str, Any], before: Fields, typed: Fields) -> None:
    """Put what was changed since `before` into the document."""
    for control in CONTROLS:
        names = (control.name, f"{control.name}.unit", f"{control.name}.which")
        now = {name: typed[name] for name in names if name in typed}
        was = {name: before.get(name, "") for name in now}
        if any(not _settled(control, now[name], was[name]) for name in now):
            put(value, control.path, read_field(control, {**before, **now}))
    trigger = value.get("trigger")
    on = typed.get("trigger.on", before.get("trigger.on", ""))
    if isinstance(trigger, dict) and not alike(on, before.get("trigger.on", "")):
        _fit(value, trigger, typed)
    if not typed.get("goal.kind", "kept"):
        value.pop("goal", None)


def at(value: Any, path: Path) -> Any:
    """Return the part at a path, or None."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def put(value: dict[str, Any], path: Path, part: Any) -> None:
    """Set the part at a path, or take it out where it is None; a mapping left empty goes too."""
    head, *rest = path
    if not rest:
        if part is None:
            value.pop(str(head), None)
        else:
            value[str(head)] = part
        return
    known = value.get(str(head))
    below: dict[str, Any] = deepcopy(known) if isinstance(known, dict) else {}
    put(below, tuple(rest), part)
    put(value, (head,), below or None)


def alike(one: str, other: str, *, lines: bool = False) -> bool:
    """Say whether two texts are one after a browser's way with line ends; a field of one line has none."""
    one, other = _line_ends(one), _line_ends(other)
    return one == other if lines else one.replace("\n", "") == other.replace("\n", "")


def number(text: str) -> int | float | str | None:
    """Read a number as typed, with a point or a comma; what is none stays text, for the document to refuse."""
    text = text.strip()
    if not text:
        return None
    if len(text) > LONGEST_NUMBER:
        return text
    if _INT.fullmatch(text):
        return int(text)
    return float(text.replace(",", ".")) if _FLOAT.fullmatch(text) else text


def number_text(value: Any) -> str:
    """Show a number as `number` reads it."""
    if isinstance(value, bool) or value is None:
        return ""
    return str(value)


def items(text: str) -> list[str]:
    """Return the parts between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def show_field(control: Control, part: Any) -> dict[str, str]:
    """Return a part as the texts of its field; a span is a number and a unit."""
    name = control.name
    match control.kind:
        case "span":
            return dict(zip((name, f"{name}.unit"), _span_text(part), strict=True))
        case "number":
            return {name: number_text(part)}
        case "days":
            return {name: ",".join(sorted(set(part or WEEKDAYS), key=WEEKDAYS.index))}
        case "hours":
            return {name: ", ".join(part or ())}
        case "stores":
            some = part if isinstance(part, list) else []
            return {f"{name}.which": "some" if some else "all", name: ",".join(sorted(set(some)))}
        case "channels":
            return {name: ",".join(part or ("push",))}
        case "yes-no":
            return {name: "" if part is None else "yes" if part else "no"}
        case _:
            return {name: control.default if part is None else str(part)}


def read_field(control: Control, fields: Fields) -> Any:
    """Return the part that a field's texts stand for, None for none."""
    text = fields.get(control.name, "")
    match control.kind:
        case "span":
            return _span(number(text), UNITS.get(fields.get(f"{control.name}.unit", "s"), 1))
        case "number":
            return number(text)
        case "days":
            days = items(text)
            return None if set(days) == set(WEEKDAYS) else days
        case "hours":
            return [_hours(part) for part in items(text)] or None
        case "stores":
            return "*" if fields.get(f"{control.name}.which") == "all" else items(text)
        case "channels":
            return items(text)
        case "yes-no":
            return {"yes": True, "no": False}.get(text)
        case _:
            return text or None


def _span_text(seconds: Any) -> tuple[str, str]:
    """Return a span as a number and the largest unit that leaves it whole."""
    if isinstance(seconds, int) and seconds:
        for unit in reversed(tuple(UNITS)):
            if seconds % UNITS[unit] == 0 and not (unit == "min" and seconds < 120):
                return str(seconds // UNITS[unit]), unit
    return number_text(seconds), "s"


def _span(count: float | str | None, unit_s: int) -> Any:
    if not isinstance(count, int | float) or unit_s == 1:
        return count
    seconds = count * unit_s
    return int(seconds) if float(seconds).is_integer() else seconds


def _hours(text: str) -> str:
    start, dash, end = text.replace("–", "-").partition("-")
    return f"{start.strip()}{dash}{end.strip()}"


def _fit(value: dict[str, Any], trigger: dict[str, Any], typed: Fields) -> None:
    """Leave only what fits a trigger that was just chosen."""
    on = trigger.get("on")
    for key, fits in ONLY_WITH.items():
        if on not in fits:
            trigger.pop(key, None)
    if on == "dwell" and "trigger.after_s" not in typed:
        trigger["after_s"] = FIRST_AFTER_S
    if on not in ONLY_WITH["within"]:
        value.pop("cancel_on_exit", None)


def _line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def _settled(control: Control, one: str, other: str) -> bool:
    """Say whether a field is as it was; what is ticked has no order."""
    if control.kind in ("days", "stores"):
        return set(items(one)) == set(items(other))
    return alike(one, other)
