"""A store plan as the fields of a form, and what somebody changed in them (SPEC 2). Pure.

Fields that were not touched are no change, so a number keeps its digits and two people may edit one plan.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from protocol.plan import Beacon, GatewayPlace, StorePlan, Zone

Key: TypeAlias = tuple[str, str]
"""(floor | zone | beacon | gateway, its id); what is new has an id that begins with a plus."""

Fields: TypeAlias = dict[str, str]
Sheet: TypeAlias = dict[Key, Fields]

FLOOR: Key = ("floor", "size")
KINDS = ("zone", "beacon", "gateway")
NEW = "+"

_NAME = re.compile(r"(floor|zone|beacon|gateway)\.([^.]{1,80})\.([a-z]+)")
_KNOWN = {
    "floor": ("width", "depth"),
    "zone": ("name", "corners", "never", "removed"),
    "beacon": ("id", "zone", "x", "y", "height", "major", "minor", "removed"),
    "gateway": ("id", "zone", "x", "y", "height", "removed"),
}
_FILLED = {"zone": ("name", "corners"), "beacon": ("id", "x", "y"), "gateway": ("id", "x", "y")}
"""A new thing with none of these filled in is an empty form, not a thing."""
_TICKS = ("never", "removed")


@dataclass(frozen=True, slots=True)
class Edits:
    """What was changed of each thing, field by field."""

    changed: Sheet = field(default_factory=dict)
    gone: tuple[Key, ...] = ()
    """Changed here, and no longer in the plan."""


def metres(value: float) -> str:
    """Write metres to the millimetre, without zeros that say nothing."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def sheet_of(plan: StorePlan) -> Sheet:
    """Return every field of a plan that the editor knows."""
    width, depth = plan.floor_m
    sheet: Sheet = {FLOOR: {"width": metres(width), "depth": metres(depth)}}
    sheet |= {("zone", zone.id): _zone(zone) for zone in plan.zones}
    sheet |= {("beacon", one.id): _beacon(one) for one in plan.beacons}
    sheet |= {("gateway", one.id): _hung(one) for one in plan.gateways}
    return sheet


def read_sheet(form: Mapping[str, str]) -> Sheet:
    """Return the things that a form speaks of; a tick that is not sent is not set, other fields then stay as they are."""
    sheet: Sheet = {}
    for name, value in form.items():
        found = _NAME.fullmatch(name)
        if found and (found[3] in _KNOWN[found[1]] or found[3] == "is"):
            sheet.setdefault((found[1], found[2]), {})[found[3]] = _plain(value)
    for (kind, _), fields in sheet.items():
        fields.pop("is", None)
        fields |= {tick: fields.get(tick, "") for tick in _TICKS if tick in _KNOWN[kind]}
    return {key: fields for key, fields in sheet.items() if not _blank(key, fields)}


def edits_of(before: Sheet, form: Sheet) -> Edits:
    """Return what a form changed of a plan's sheet."""
    changed: Sheet = {}
    gone = []
    for key, fields in form.items():
        if key[1].startswith(NEW):
            changed[key] = dict(fields)
        elif key in before:
            different = {name: value for name, value in fields.items() if value != before[key].get(name, "")}
            if different:
                changed[key] = different
        else:
            gone.append(key)
    return Edits(changed, tuple(gone))


def rebase(edits: Edits, running: Sheet) -> Edits:
    """Return the edits that still have something to change, made on another revision than the one that runs."""
    changed: Sheet = {}
    gone = list(edits.gone)
    for key, fields in edits.changed.items():
        if key[1].startswith(NEW):
            changed[key] = fields
        elif key in running:
            different = {name: value for name, value in fields.items() if value != running[key].get(name, "")}
            if different:
                changed[key] = different
        elif not fields.get("removed"):
            gone.append(key)
    return Edits(changed, tuple(gone))


def overlay(sheet: Sheet, edits: Edits) -> Sheet:
    """Return a sheet as somebody left it."""
    return sheet | {key: {**sheet.get(key, {}), **fields} for key, fields in edits.changed.items()}


def _zone(zone: Zone) -> Fields:
    corners = "\n".join(f"{metres(x)} {metres(y)}" for x, y in zone.polygon)
    return {"name": zone.name, "corners": corners, "never": "on" if zone.interrupt == "never" else ""}


def _beacon(beacon: Beacon) -> Fields:
    _, major, minor = beacon.identity
    return {**_hung(beacon), "major": str(major), "minor": str(minor)}


def _hung(one: Beacon | GatewayPlace) -> Fields:
    place = [metres(part) for part in one.position or ()]
    x, y, height = (*place, "", "", "")[:3]
    return {"zone": one.zone, "x": x, "y": y, "height": height}


def _blank(key: Key, fields: Fields) -> bool:
    return key[1].startswith(NEW) and not any(fields.get(name) for name in _FILLED.get(key[0], ()))


def _plain(value: str) -> str:
    return "\n".join(line.strip() for line in value.strip().splitlines())
