"""What somebody changed in the floor editor, as changes of the plan's text; faults stand beside their field. Pure."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from protocol.plan import StorePlan
from protocol.reading import BEACON_ID, SLUG
from protocol.rewriting import Append, Change, Put, Remove
from store_server.web.console.floor.plan_sheet import FLOOR, NEW, Edits, Fields, Key
from store_server.web.console.words import marked

LARGEST_FLOOR_M = 10_000
LONGEST_NAME = 120
"""Characters: a zone's name is read on a plan and on a card."""
NOT_A_NUMBER = marked("A number of metres, such as 4.5.")
OFF_THE_FLOOR = marked("This lies outside the floor.")
CORNERS = marked(
    "At least three corners, each on its own line: metres from the left, metres from the street."
)
NAME = marked("A name of up to 120 characters, please.")
BEACON_NAME = marked("Letters, digits and dashes, at most 63, and no other like it.")
GATEWAY_NAME = marked("Lower-case letters, digits and dashes, at most 63, and no other like it.")
WHOLE_NUMBER = marked("A whole number from 0 to 65535, or nothing: then the next free one is taken.")
BOTH_OR_NEITHER = marked("Both metres, or neither.")
NEEDED = marked("A campaign watches this zone: change or end the campaign first.")


class Identity(NamedTuple):
    """What a beacon says on the air."""

    uuid: str
    major: int
    minor: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Identities in use all over the chain: one belongs to one store."""

    identities: frozenset[Identity]

    @classmethod
    def by(cls, plans: Mapping[str, StorePlan]) -> "Taken":
        return cls(frozenset(Identity(*b.identity) for plan in plans.values() for b in plan.beacons))


@dataclass(slots=True)
class PlanChange:
    """The changes of a plan's text, and what is wrong with the fields they come from."""

    changes: list[Change] = field(default_factory=list)
    faults: dict[tuple[Key, str], str] = field(default_factory=dict)
    names: dict[tuple[str, str], Key] = field(default_factory=dict)
    """(kind, id as it will be) -> the thing of the form, for problems that the plan's reader finds."""


def change_plan(
    plan: StorePlan, edits: Edits, taken: Taken, watched: frozenset[str] = frozenset()
) -> PlanChange:
    """Return what to change in a plan's text; `faults` name fields that cannot be read, and `watched` zones that must stay."""
    change = _Writing(plan, edits, taken).written()
    for key, fields in edits.changed.items():
        if key[0] == "zone" and key[1] in watched and fields.get("removed"):
            change.faults[key, "removed"] = NEEDED
    return change


class _Writing:
    """One pass over the edits of one plan."""

    def __init__(self, plan: StorePlan, edits: Edits, taken: Taken) -> None:
        self.plan, self.edits, self.out = plan, edits, PlanChange()
        self.identities = set(taken.identities)
        self.zones = {zone.id: k for k, zone in enumerate(plan.zones)}
        self.floor_m = plan.floor_m
        self.ids = {
            "zone": set(self.zones),
            "beacon": {one.id for one in plan.beacons},
            "gateway": {one.id for one in plan.gateways},
        }
        self.uuid = _commonest_uuid(plan, taken)

    def written(self) -> PlanChange:
        self._floor(self.edits.changed.get(FLOOR, {}))
        for kind in ("zone", "beacon", "gateway"):
            self._kind(kind)
        return self.out

    def _kind(self, kind: str) -> None:
        index = {one.id: k for k, one in enumerate(getattr(self.plan, f"{kind}s"))}
        removed, new = set(), []
        for key, fields in self.edits.changed.items():
            if key[0] != kind:
                continue
            if fields.get("removed"):
                removed |= {index[key[1]]} if key[1] in index else set()
            elif key[1].startswith(NEW):
                new.append(self._new(key, fields))
            else:
                self.out.names[key] = key
                path = (f"{kind}s", index[key[1]])
                for name, value in self._values(key, fields).items():
                    self.out.changes.append(Put((*path, name), value))
        if new:
            self.out.changes.append(Append((f"{kind}s",), tuple(new)))
        if removed:
            self.out.changes.append(Remove((f"{kind}s",), frozenset(removed)))

    def _floor(self, fields: Fields) -> None:
        size = list(self.floor_m)
        for k, name in enumerate(("width", "depth")):
            if name in fields:
                value = self._number(FLOOR, name, fields[name])
                if value is not None and 0.1 <= value <= LARGEST_FLOOR_M:
                    self.out.changes.append(Put(("store", "floor", f"{name}_m"), value))
                    size[k] = value
                else:
                    self.out.faults[FLOOR, name] = NOT_A_NUMBER
        self.floor_m = (size[0], size[1])

    def _values(self, key: Key, fields: Fields) -> dict[str, Any]:
        """Return the plan's values of the fields that were changed."""
        return self._zone(key, fields) if key[0] == "zone" else self._hung(key, fields)

    def _new(self, key: Key, fields: Fields) -> dict[str, Any]:
        values = self._values(key, {"name": "", "corners": "", **fields} if key[0] == "zone" else fields)
        if key[0] == "zone":
            values = {"id": _free(_slug(values["name"]) or "zone", self.ids["zone"]), **values}
            self.zones[values["id"]] = -1
        else:
            values = {"id": self._id(key, fields), **values}
        if key[0] == "beacon":
            values |= self._identity(key, fields)
        self.ids[key[0]].add(values["id"])
        self.out.names[key[0], values["id"]] = key
        return values

    def _zone(self, key: Key, fields: Fields) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if "name" in fields:
            values["name"] = self._name(key, fields["name"])
        if "corners" in fields:
            values["polygon"] = self._corners(key, fields["corners"])
        if "never" in fields and (fields["never"] or not key[1].startswith(NEW)):
            values["interrupt"] = "never" if fields["never"] else "allow"
        return values

    def _hung(self, key: Key, fields: Fields) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if "zone" in fields:
            values["zone"] = self._zone_of(fields["zone"])
        if {"x", "y", "height"} & fields.keys():
            before = next((one for one in getattr(self.plan, f"{key[0]}s") if one.id == key[1]), None)
            place = [*((before.position if before else None) or ()), None, None, None][:3]
            for k, name in enumerate(("x", "y", "height")):
                if name in fields:
                    place[k] = self._number(key, name, fields[name]) if fields[name] else None
            if place[0] is not None and place[1] is not None:
                self._on_floor(key, "x" if not 0 <= place[0] <= self.floor_m[0] else "y", place)
                values["position"] = [_plain(part) for part in place if part is not None]
            elif place[0] is not None or place[1] is not None:
                self.out.faults.setdefault((key, "x"), BOTH_OR_NEITHER)
            elif before is not None:
                values["position"] = None
        return values

    def _zone_of(self, wanted: str) -> str:
        """Return a zone's id; a new zone is named by its place in the form."""
        for (kind, name), key in self.out.names.items():
            if kind == "zone" and key[1] == wanted:
                return name
        return wanted

    def _name(self, key: Key, text: str) -> str:
        if not text or len(text) > LONGEST_NAME:
            self.out.faults[key, "name"] = NAME
        return text

    def _corners(self, key: Key, text: str) -> list[list[float]]:
        corners = []
        for line in text.splitlines():
            parts = [_read_number(part) for part in line.replace(";", " ").split()]
            if len(parts) != 2 or parts[0] is None or parts[1] is None:
                self.out.faults[key, "corners"] = CORNERS
                return []
            corners.append([parts[0], parts[1]])
            self._on_floor(key, "corners", corners[-1])
        if len(corners) < 3:
            self.out.faults[key, "corners"] = CORNERS
        return corners

    def _on_floor(self, key: Key, name: str, point: Sequence[float | None]) -> None:
        x, y = point[0] or 0.0, point[1] or 0.0
        if not (0 <= x <= self.floor_m[0] and 0 <= y <= self.floor_m[1]):
            self.out.faults.setdefault((key, name), OFF_THE_FLOOR)

    def _number(self, key: Key, name: str, text: str) -> float | None:
        value = _read_number(text)
        if value is None:
            self.out.faults[key, name] = NOT_A_NUMBER
        return value

    def _id(self, key: Key, fields: Fields) -> str:
        kind, wanted = key[0], fields.get("id", "")
        zone = self._zone_of(fields.get("zone", ""))
        if not wanted:
            stem = f"{zone[:50].upper()}-1" if kind == "beacon" else f"gw-{zone[:50]}"
            return _free(stem, self.ids[kind])
        pattern = BEACON_ID if kind == "beacon" else SLUG
        if not pattern.fullmatch(wanted) or wanted in self.ids[kind]:
            self.out.faults[key, "id"] = BEACON_NAME if kind == "beacon" else GATEWAY_NAME
        return wanted

    def _identity(self, key: Key, fields: Fields) -> dict[str, Any]:
        """Return what a new beacon says: as asked for, else its zone's major and the next free minor."""
        asked = {name: fields[name] for name in ("major", "minor") if fields.get(name)}
        for name, text in asked.items():
            if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
                self.out.faults[key, name] = WHOLE_NUMBER
                return {}
        zone = self._zone_of(fields.get("zone", ""))
        major = int(asked["major"]) if "major" in asked else self._major(zone)
        minors = {one.minor for one in self.identities if (one.uuid, one.major) == (self.uuid, major)}
        minor = int(asked["minor"]) if "minor" in asked else max(minors, default=0) + 1
        self.identities.add(Identity(self.uuid, major, minor))
        return {"uuid": self.uuid, "major": major, "minor": minor}

    def _major(self, zone: str) -> int:
        """Return the major that most beacons of the zone have, else the next free one of the chain."""
        counts = Counter(b.identity.major for b in self.plan.beacons if b.zone == zone)
        if counts:
            return counts.most_common(1)[0][0]
        return max((one.major for one in self.identities if one.uuid == self.uuid), default=0) + 1


def _commonest_uuid(plan: StorePlan, taken: Taken) -> str:
    """Return the UUID of most beacons of the store, else of the chain, else one made of the store's name."""
    own = Counter(beacon.identity.uuid for beacon in plan.beacons)
    chain = own or Counter(one.uuid for one in sorted(taken.identities))
    return chain.most_common(1)[0][0] if chain else str(uuid5(NAMESPACE_URL, f"aislecue:{plan.id}"))


def _read_number(text: str) -> float | None:
    """Read metres, with a point or a comma before the decimals."""
    text = text.strip().rstrip(",").replace(",", ".")
    if not re.fullmatch(r"-?[0-9]{1,7}(\.[0-9]{1,9})?", text, re.ASCII):
        return None
    return _plain(float(text))


def _plain(metres: float) -> float:
    """Write whole metres as people do, without decimals."""
    return int(metres) if float(metres).is_integer() else metres


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-")


def _free(stem: str, taken: set[str]) -> str:
    """Return the name, or the next that is not taken: shoes, shoes-2; SHOES-1, SHOES-2."""
    head, _, number = stem.rpartition("-")
    base, start = (head, int(number)) if head and number.isascii() and number.isdigit() else (stem, 1)
    names = (stem if k == start else f"{base}-{k}" for k in range(start, start + len(taken) + 1))
    return next(name for name in names if name not in taken)
