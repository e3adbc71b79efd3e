"""Plans and campaigns: files <-> database, with the difference and the revision they were based on (SPEC 2).

All or nothing: a set is judged whole, together with everything that runs, before any of it is written.
"""

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Engine, and_, func
from sqlmodel import Session, col, select

from campaigns.document import Campaign
from campaigns.snapshot import Snapshot
from protocol.errors import BadInput, Problem
from protocol.instants import Instant
from store_server.db.scope import visible_stores
from store_server.db.session import reading, writing
from store_server.db.tables import Audit, CampaignRevision, PlanRevision
from store_server.documents import campaign_of, plan_of

TRIES = 3
"""Judgements that others may overtake before one is made while they wait."""
_BASED_ON = re.compile(r"# aislecue: revision (\d+)\n", re.ASCII)


@dataclass(frozen=True, slots=True)
class File:
    """A document as handed in; `based_on` is the revision it was exported at, where it says so."""

    source: str
    text: str
    based_on: int | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """One document that was, or would be, applied: its new revision and what it changes."""

    id: str
    revision: int
    difference: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The running revision of a document."""

    revision: int
    text: str


Versions: TypeAlias = frozenset[tuple[str, str, int]]


@dataclass(frozen=True, slots=True)
class Judged:
    """Plans that may be applied for as long as these versions run."""

    changes: tuple[tuple[Applied, File], ...]
    versions: Versions


def read_file(source: str, text: str) -> File:
    """Take the first line that an export wrote off a text."""
    found = _BASED_ON.match(text)
    return File(source, text[found.end() :], int(found[1])) if found else File(source, text)


def exported(kept: Kept) -> str:
    """Return a document as a file that knows its revision."""
    return f"# aislecue: revision {kept.revision}\n{kept.text}"


def running_plans(session: Session) -> dict[str, Kept]:
    """Return the running plan of every store."""
    return _running(session, PlanRevision, PlanRevision.store)


def running_campaigns(session: Session) -> dict[str, Kept]:
    """Return the running document of every campaign."""
    return _running(session, CampaignRevision, CampaignRevision.campaign)


def _running(session: Session, table: Any, name: Any) -> dict[str, Kept]:
    newest = select(name, func.max(table.revision).label("newest")).group_by(name).subquery()
    runs = and_(name == newest.c[0], table.revision == newest.c.newest)
    query: Any = select(name, table.revision, table.text).join(newest, runs)
    return {key: Kept(revision, text) for key, revision, text in session.exec(query)}


def running_campaign(session: Session, campaign: str) -> Kept | None:
    """Return the running document of one campaign."""
    newest = select(CampaignRevision).where(CampaignRevision.campaign == campaign)
    row = session.exec(newest.order_by(col(CampaignRevision.revision).desc()).limit(1)).first()
    return None if row is None else Kept(row.revision, row.text)


def apply_plans(session: Session, files: Sequence[File], by: str, now: Instant) -> list[Applied]:
    """Apply store plans. Raises BadInput, and then nothing is applied."""
    return _keep_plans(session, judge_plans(session, files), by, now)


def apply_plans_briefly(database: Engine, files: Sequence[File], by: str, now: Instant) -> list[Applied]:
    """Apply store plans as `apply_plans` does, keeping other writers waiting only for the writing itself."""
    for _ in range(TRIES):
        with reading(database) as session:
            judged = judge_plans(session, files)
        with writing(database) as session:
            if _versions(session) == judged.versions:
                return _keep_plans(session, judged, by, now)
    with writing(database) as session:
        return apply_plans(session, files, by, now)


def judge_plans(session: Session, files: Sequence[File]) -> Judged:
    """Judge plans together with all that runs. Raises BadInput."""
    versions, before = _versions(session), running_plans(session)
    named = [(plan_of(file.text, file.source).id, file) for file in files]
    if (stores := visible_stores()) is not None:
        _refuse_elsewhere([file for name, file in named if name not in stores], stores)
    texts = {name: kept.text for name, kept in before.items()} | {name: file.text for name, file in named}
    _judge(texts, {name: kept.text for name, kept in running_campaigns(session).items()})
    return Judged(tuple(_changes(named, before)), versions)


def _keep_plans(session: Session, judged: Judged, by: str, now: Instant) -> list[Applied]:
    for change, file in judged.changes:
        session.add(
            PlanRevision(
                store=change.id, revision=change.revision, text=file.text, applied_at=now, applied_by=by
            )
        )
        _audit(session, by, "plan.apply", change, now)
    return [change for change, _ in judged.changes]


def _versions(session: Session) -> Versions:
    """Return which revision of everything runs."""
    return frozenset(
        (str(table.__tablename__), name, revision)
        for table, key in ((PlanRevision, PlanRevision.store), (CampaignRevision, CampaignRevision.campaign))
        for name, revision in session.exec(select(key, func.max(table.revision)).group_by(key))
    )


def apply_campaigns(session: Session, files: Sequence[File], by: str, now: Instant) -> list[Applied]:
    """Apply campaigns. Raises BadInput, and then nothing is applied."""
    changes = _campaign_changes(session, files)
    for change, file in changes:
        session.add(
            CampaignRevision(
                campaign=change.id, revision=change.revision, text=file.text, applied_at=now, applied_by=by
            )
        )
        _audit(session, by, "campaign.apply", change, now)
    return [change for change, _ in changes]


def try_campaigns(session: Session, files: Sequence[File]) -> list[Applied]:
    """Return what applying campaigns would change. Raises BadInput."""
    return [change for change, _ in _campaign_changes(session, files)]


def _campaign_changes(session: Session, files: Sequence[File]) -> list[tuple[Applied, File]]:
    before = running_campaigns(session)
    read = [(campaign_of(file.text, file.source), file) for file in files]
    if (stores := visible_stores()) is not None:
        _refuse_elsewhere([file for one, file in read if not _within(stores, one, before)], stores)
    named = [(campaign.id, file) for campaign, file in read]
    texts = {name: kept.text for name, kept in before.items()} | {name: file.text for name, file in named}
    _judge({name: kept.text for name, kept in running_plans(session).items()}, texts)
    return _changes(named, before)


def _within(stores: Collection[str], campaign: Campaign, before: Mapping[str, Kept]) -> bool:
    """Return whether a campaign runs, and ran so far, in no store but these."""
    kept = before.get(campaign.id)
    return campaign.runs_within(stores) and (
        kept is None or campaign_of(kept.text, campaign.id).runs_within(stores)
    )


def _refuse_elsewhere(files: Sequence[File], stores: Collection[str]) -> None:
    """Refuse what an account limited to some stores may not change. Raises BadInput before anything of others is read."""
    expected = f"stores out of {', '.join(sorted(stores))}"
    if files:
        raise BadInput(*(Problem(file.source, None, expected, "others, or all") for file in files))


def _judge(plans: Mapping[str, str], campaigns: Mapping[str, str]) -> None:
    Snapshot.build(
        [plan_of(text, name) for name, text in plans.items()],
        [campaign_of(text, name) for name, text in campaigns.items()],
    )


def _changes(named: Sequence[tuple[str, File]], before: Mapping[str, Kept]) -> list[tuple[Applied, File]]:
    """Return what differs from what runs, each id once and based on what runs. Raises BadInput."""
    problems, changes, seen = [], [], set()
    for name, file in named:
        kept = before.get(name, Kept(0, ""))
        if name in seen:
            problems.append(Problem(file.source, 1, "each id once", f"{name!r} again"))
        elif file.based_on is not None and file.based_on != kept.revision:
            expected = f"a file based on revision {kept.revision} of {name}, which runs"
            problems.append(Problem(file.source, 1, expected, f"one based on revision {file.based_on}"))
        elif file.text != kept.text:
            changes.append((Applied(name, kept.revision + 1, _difference(name, kept, file)), file))
        seen.add(name)
    if problems:
        raise BadInput(*problems)
    return changes


def _difference(name: str, kept: Kept, file: File) -> str:
    lines = difflib.unified_diff(
        kept.text.splitlines(keepends=True),
        file.text.splitlines(keepends=True),
        f"{name}, revision {kept.revision}" if kept.revision else "nothing",
        file.source,
    )
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def _audit(session: Session, by: str, action: str, change: Applied, now: Instant) -> None:
    detail = {"revision": change.revision}
    session.add(Audit(at=now, actor=by, action=action, subject=change.id, detail=detail))
