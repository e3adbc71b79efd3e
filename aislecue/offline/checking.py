"""Everything `aislecue check` reads and finds: files by content, every problem of every file, then lint."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from aislecue.offline.documents import SUFFIXES, read_text
from campaigns.document import Campaign, campaign_from_document
from campaigns.lint import lint
from campaigns.lint.chain import Chain, PlanFile
from campaigns.lint.finding import DOCUMENT, ERROR, Finding, place_in_order
from protocol.document import Document, read_document
from protocol.errors import BadInput, Problem
from protocol.instants import to_datetime
from protocol.plan import plan_from_document
from store_server.clock import WallClock

PLAN_KEYS = frozenset(("store", "zones", "beacons", "gateways", "policy", "tags"))
CAMPAIGN_KEYS = frozenset(("id", "trigger", "message", "stores", "status", "audience", "channels", "limits"))


class FindingLine(msgspec.Struct, frozen=True):
    """A finding as `--json` writes it."""

    severity: str
    lint: str
    file: str
    line: int | None
    expected: str
    got: str


class ReportJson(msgspec.Struct, frozen=True):
    """What `--json` prints."""

    plans: int
    campaigns: int
    findings: list[FindingLine]


@dataclass(frozen=True, slots=True)
class Report:
    """How many documents were read and are fine so far, and what was found in all of them."""

    plans: int
    campaigns: int
    findings: list[Finding]

    def as_json(self) -> ReportJson:
        lines = [
            FindingLine(
                one.severity,
                one.lint,
                _utf8(one.problem.source),
                one.problem.line,
                _utf8(one.problem.expected),
                _utf8(one.problem.got),
            )
            for one in self.findings
        ]
        return ReportJson(self.plans, self.campaigns, lines)

    def summary(self) -> str:
        """Say in one line what is fine and what is not."""
        read = f"{_counted(self.plans, 'plan')} and {_counted(self.campaigns, 'campaign')}"
        if not self.findings:
            return f"{read}: all fine"
        errors = sum(one.severity == ERROR for one in self.findings)
        warnings = len(self.findings) - errors
        return f"{read} could be read: {_counted(errors, 'error')}, {_counted(warnings, 'warning')}"


def check(paths: Iterable[Path], today: date) -> Report:
    """Read every document once, judge each by itself and all together."""
    reading = _Reading()
    seen: set[Path] = set()
    for path in paths:
        for file in _documents(path, reading.problems):
            if file.resolve() not in seen:
                seen.add(file.resolve())
                reading.read(file)
    refused = [Finding(ERROR, DOCUMENT, problem) for problem in reading.problems]
    findings = sorted(refused + lint(reading.chain(today)), key=place_in_order)
    return Report(len(reading.plans), len(reading.campaigns), findings)


class _Reading:
    """What was read so far, and whether that is all there is."""

    def __init__(self) -> None:
        self.plans: list[PlanFile] = []
        self.campaigns: list[Campaign] = []
        self.problems: list[Problem] = []
        self.all_plans = self.all_campaigns = True

    def read(self, path: Path) -> None:
        """Take in what a file holds, or its problems."""
        holds_plan = holds_campaign = True
        try:
            document = read_document(read_text(path), str(path))
            holds_plan = _is_plan(document)
            holds_campaign = not holds_plan
            if holds_plan:
                self.plans.append(PlanFile(plan_from_document(document), document))
            else:
                self.campaigns.append(campaign_from_document(document))
        except BadInput as fault:
            self.problems += fault.problems
            self.all_plans &= not holds_plan
            self.all_campaigns &= not holds_campaign

    def chain(self, today: date) -> Chain:
        return Chain(
            self.plans,
            self.campaigns,
            today,
            all_plans=self.all_plans,
            all_campaigns=self.all_campaigns,
        )


def parse_today(text: str | None) -> date:
    """Read a day; none is today, UTC. Raises ValueError."""
    if text is None:
        return to_datetime(WallClock().now()).date()
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise ValueError(f"expected a day such as 2026-11-01, got {text!r}") from fault


def _documents(path: Path, problems: list[Problem]) -> Iterator[Path]:
    """Yield the file, or every document below the folder, by name."""
    if not path.is_dir():
        yield path
        return
    files = [
        file
        for file in sorted(path.rglob("*"))
        if file.suffix in (*SUFFIXES, ".yml") and file.is_file() and not _hidden(file.relative_to(path))
    ]
    if not files:
        problems.append(Problem(str(path), None, "plans or campaigns (*.yaml, *.json)", "none"))
    for file in files:
        if file.suffix == ".yml":
            problems.append(Problem(str(file), None, "a name that ends in .yaml or .json", ".yml"))
        else:
            yield file


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _is_plan(document: Document) -> bool:
    """Say whether a document is a plan rather than a campaign. Raises BadInput where it is neither."""
    keys = set(document.value) if isinstance(document.value, dict) else set()
    if not keys & (PLAN_KEYS | CAMPAIGN_KEYS):
        got = "a list" if isinstance(document.value, list) else "something else"
        expected = "a plan (store, zones, beacons) or a campaign (id, trigger, message)"
        raise BadInput(*document.faults, Problem(document.source, 1, expected, got))
    return len(keys & PLAN_KEYS) > len(keys & CAMPAIGN_KEYS)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _utf8(text: str) -> str:
    # A file's name may hold bytes that are no text.
    return text.encode("utf-8", "backslashreplace").decode()
