"""What the floor editor shows: a panel of fields for each thing, those of one page of beacons only. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protocol.errors import Problem
from protocol.plan import StorePlan
from store_server.web.console.floor.plan_saving import Attempt
from store_server.web.console.floor.plan_sheet import KINDS, NEW, Fields, Key, Sheet, overlay, sheet_of
from store_server.web.design.language import Language

BEACONS_A_PAGE = 50
"""Fields of more would keep a tablet busy; the others are a page or a zone away."""
BLANK = f"{NEW}0"
"""The empty form of a new thing, for those without JavaScript and as the pattern for those with it."""

_FIELDS: Mapping[str, Fields] = {
    "zone": {"name": "", "corners": "", "never": ""},
    "beacon": {"id": "", "zone": "", "x": "", "y": "", "height": "", "major": "", "minor": ""},
    "gateway": {"id": "", "zone": "", "x": "", "y": "", "height": ""},
}


@dataclass(frozen=True, slots=True)
class Panel:
    """One thing of the form: its fields, and what is wrong with it."""

    kind: str
    id: str
    title: str
    fields: Mapping[str, str]
    faults: Mapping[str, str]
    problems: Sequence[Problem] = ()

    @property
    def prefix(self) -> str:
        """Return how its fields' names begin."""
        return f"{self.kind}.{self.id}"

    @property
    def anchor(self) -> str:
        return f"{self.kind}-{self.id}"

    @property
    def new(self) -> bool:
        return self.id.startswith(NEW)

    @property
    def wrong(self) -> bool:
        return bool(self.faults or self.problems)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which beacons the page lists."""

    zone: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Editor:
    """Everything of the form."""

    floor: Panel
    zones: Sequence[Panel]
    beacons: Sequence[Panel]
    gateways: Sequence[Panel]
    blanks: Mapping[str, Panel]
    beacon_total: int
    pages: int
    page: int

    @property
    def wrong(self) -> Sequence[Panel]:
        return [one for one in (self.floor, *self.zones, *self.beacons, *self.gateways) if one.wrong]


def build_editor(plan: StorePlan, attempt: Attempt, wanted: Wanted, language: Language) -> Editor:
    """Return the form as its person left it, or as the plan has it."""
    sheet = overlay(sheet_of(plan), attempt.edits)
    chosen = [one.id for one in plan.beacons if wanted.zone in ("", one.zone)]
    pages = max(1, -(-len(chosen) // BEACONS_A_PAGE))
    page = min(max(wanted.page, 1), pages)
    listed = set(chosen[(page - 1) * BEACONS_A_PAGE : page * BEACONS_A_PAGE])
    listed |= {name for kind, name in attempt.edits.changed if kind == "beacon"}

    def panels(kind: str) -> list[Panel]:
        return [
            _panel((kind, name), fields, attempt, language)
            for (its, name), fields in sheet.items()
            if its == kind and (kind != "beacon" or name in listed)
        ]

    blanks = {kind: _panel((kind, BLANK), _FIELDS[kind], Attempt(), language) for kind in KINDS}
    (floor,) = panels("floor")
    return Editor(
        floor, panels("zone"), panels("beacon"), panels("gateway"), blanks, len(chosen), pages, page
    )


def zone_options(sheet: Sheet) -> list[tuple[str, str]]:
    """Return every zone that something may hang in, new ones too."""
    return [(name, fields.get("name") or name) for (kind, name), fields in sheet.items() if kind == "zone"]


def _panel(key: Key, fields: Fields, attempt: Attempt, language: Language) -> Panel:
    kind, name = key
    faults = {its: language.gettext(text) for (whose, its), text in attempt.faults.items() if whose == key}
    title = fields.get("name") or fields.get("id") or ("" if name.startswith(NEW) else name)
    return Panel(
        kind, name, title, {**_FIELDS.get(kind, {}), **fields}, faults, attempt.problems.get(key, ())
    )
