"""The floor editor's form becomes a new plan revision, or comes back with what is wrong or what somebody else changed."""

import difflib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import HTTPException
from sqlmodel import Session

from campaigns.document import Campaign
from protocol.document import Document, Path, read_document
from protocol.errors import BadInput, Problem
from protocol.instants import Instant
from protocol.plan import read_plan
from protocol.rewriting import rewrite
from protocol.writing import Layout
from store_server.applying import File, apply_plans_briefly
from store_server.db.session import reading
from store_server.db.tables import PlanRevision
from store_server.fleet.config import newest_plan
from store_server.web.console.accounts.accounts import Person
from store_server.web.console.desk import Desk
from store_server.web.console.floor.plan_change import PlanChange, Taken, change_plan
from store_server.web.console.floor.plan_sheet import Edits, Key, edits_of, read_sheet, rebase, sheet_of

LAYOUT = Layout(
    order=("version", "store", "policy", "zones", "beacons", "tags", "gateways"),
    nested=frozenset(("policy", "zones", "beacons", "tags", "gateways")),
)
"""A plan's keys in the order people read them, and a line for each zone, beacon and gateway (SPEC 2)."""
_KINDS = {"zones": "zone", "beacons": "beacon", "gateways": "gateway"}


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What somebody else saved since this editor was opened."""

    by: str
    at: Instant
    difference: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of a form: saved, or its edits with all that keeps them from it."""

    edits: Edits = field(default_factory=Edits)
    saved: bool = False
    meanwhile: Meanwhile | None = None
    faults: Mapping[tuple[Key, str], str] = field(default_factory=dict)
    problems: Mapping[Key, Sequence[Problem]] = field(default_factory=dict)
    """What the plan's reader says, by the thing that it concerns."""
    elsewhere: Sequence[Problem] = ()
    """What concerns no one thing of the form: another store, a campaign."""


def save_form(desk: Desk, store: str, form: Mapping[str, str], by: Person) -> Attempt:
    """Save what a form changed, if it was made on the running revision and all is well. Raises HTTPException."""
    based_on = _revision(form)
    with reading(desk.engine) as session:
        plan = desk.plan(session, store)
        running = _row(session, store, None)
        base = running if based_on == running.revision else _row(session, store, based_on)
        taken = Taken.by(desk.documents.plans(session))  # of every store, whoever asks: they may not clash
        watched = _watched([one.campaign for one in desk.campaigns(session).values()], store)
    before = plan if base is running else read_plan(base.text, store)
    edits = edits_of(sheet_of(before), read_sheet(form))
    if base is not running:
        edits = rebase(edits, sheet_of(plan))
        if not edits.changed and not edits.gone:
            return Attempt(saved=True)  # sent twice, or both did the same
        return Attempt(edits, meanwhile=_meanwhile(base, running))
    change = change_plan(plan, edits, taken, watched)
    if change.faults or edits.gone:
        return Attempt(edits, faults=change.faults)
    if not change.changes:
        return Attempt(saved=True)
    text = rewrite(running.text, change.changes, LAYOUT)
    return _applied(desk, File(store, text, running.revision), by, edits, change)


def _watched(campaigns: Sequence[Campaign], store: str) -> frozenset[str]:
    """Return the zones of a store that campaigns are triggered in; ended ones need nothing any more."""
    return frozenset(
        one.trigger.zone
        for one in campaigns
        if one.trigger.zone is not None and one.status != "ended" and one.runs_in(store)
    )


def _applied(desk: Desk, file: File, by: Person, edits: Edits, change: PlanChange) -> Attempt:
    try:
        apply_plans_briefly(desk.engine, [file], by.name, desk.clock.now())
    except BadInput as fault:
        return _placed(fault.problems, file, edits, change)
    return Attempt(saved=True)


def _placed(problems: Sequence[Problem], file: File, edits: Edits, change: PlanChange) -> Attempt:
    """Put each problem beside the thing on whose lines it lies."""
    document = read_document(file.text, file.source)
    beside: dict[Key, list[Problem]] = defaultdict(list)
    elsewhere: list[Problem] = []
    for problem in problems:
        key = _thing_at(document, problem, change) if problem.source == file.source else None
        (elsewhere if key is None else beside[key]).append(problem)
    return Attempt(edits, problems=beside, elsewhere=elsewhere)


def _thing_at(document: Document, problem: Problem, change: PlanChange) -> Key | None:
    """Return the one thing of the form on whose lines a problem lies; None where it is not only one."""
    starts = [
        (line, path)
        for path, line in document.lines.items()
        if len(path) == 2 and path[0] in _KINDS and problem.line is not None and line <= problem.line
    ]
    last = max((line for line, _ in starts), default=0)
    found: list[Path] = [path for line, path in starts if line == last]
    if len(found) != 1:
        return None
    kind, index = _KINDS[str(found[0][0])], found[0][1]
    name = str(document.value[found[0][0]][index].get("id"))
    return change.names.get((kind, name), (kind, name))


def _meanwhile(base: PlanRevision, running: PlanRevision) -> Meanwhile:
    lines = difflib.unified_diff(
        base.text.splitlines(),
        running.text.splitlines(),
        f"{base.revision}",
        f"{running.revision}",
        "",
        "",
        1,
        "",
    )
    return Meanwhile(running.applied_by, running.applied_at, "\n".join(lines))


def _row(session: Session, store: str, revision: int | None) -> PlanRevision:
    """Return a revision of a store's plan, or the one that runs. Raises HTTPException 404."""
    found = newest_plan(session, store) if revision is None else session.get(PlanRevision, (store, revision))
    if found is None:
        raise HTTPException(404, f"plan of {store}, revision {revision}")
    return found


def _revision(form: Mapping[str, str]) -> int:
    text = form.get("revision", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise HTTPException(422, "revision")
    return int(text)
