"""A form's document judged as `aislecue check` judges a file: its own faults, then lint among everything that runs. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from campaigns.conditions import Happened
from campaigns.document import Campaign, campaign_from_document
from campaigns.lint import lint
from campaigns.lint.chain import Chain, PlanFile, leaves
from campaigns.lint.finding import ERROR, WARNING
from protocol.document import Document, Path
from protocol.errors import BadInput, Problem
from protocol.plan import StorePlan
from store_server.web.console.editor.form import Built
from store_server.web.console.editor.words import problem_words
from store_server.web.design.language import Language

FORM = "this form"
"""Stands for the file's name."""

_MISSING = re.compile(r"'(\w+)' in ")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something to mend beside one field; `field` is empty where it is no field's."""

    field: str
    severity: str
    words: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The campaign of a form, None where it is refused, and everything there is to say about it."""

    campaign: Campaign | None
    faults: tuple[Fault, ...]

    @property
    def errors(self) -> dict[str, str]:
        """Return what is refused, by field."""
        return {one.field: one.words for one in reversed(self.faults) if one.severity == ERROR}

    @property
    def warnings(self) -> dict[str, str]:
        return {one.field: one.words for one in reversed(self.faults) if one.severity == WARNING}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a campaign is judged among."""

    plans: Mapping[str, StorePlan]
    campaigns: Mapping[str, Campaign]
    today: date
    stores: frozenset[str] | None = None
    """The stores that whoever edits may change; None is all of them."""


def judge(built: Built, among: Surroundings, language: Language) -> Judged:
    """Return the campaign that a form makes, with its errors and warnings."""
    document, paths = _document(built.value)
    try:
        campaign = campaign_from_document(document)
    except BadInput as fault:
        said = [(ERROR, problem) for problem in fault.problems]
        return Judged(None, _faults(said, built, paths, language))
    others = [one for name, one in among.campaigns.items() if name != campaign.id]
    files = [PlanFile(plan, Document({}, plan.id, {})) for plan in among.plans.values()]
    findings = lint(Chain(files, [*_near(campaign, others), campaign], among.today))
    said = [(one.severity, one.problem) for one in findings if one.problem.source == FORM]
    return Judged(campaign, _faults(said, built, paths, language))


def _near(campaign: Campaign, others: Sequence[Campaign]) -> Iterator[Campaign]:
    """Yield the campaigns that lint compares this one with or looks up for it; no other changes what it says of it."""
    named = {leaf.what for _, leaf in leaves(campaign) if isinstance(leaf, Happened)}
    yield from (one for one in others if one.trigger == campaign.trigger or one.id in named)


def _document(value: Mapping[str, Any]) -> tuple[Document, dict[int, Path]]:
    """Return a document whose lines number its parts, so that a problem's line names its part."""
    lines = {path: number for number, path in enumerate(_paths((), value), 1)}
    return Document(dict(value), FORM, lines), {number: path for path, number in lines.items()}


def _paths(path: Path, value: Any) -> Iterator[Path]:
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from _paths((*path, key), part)


def _faults(
    said: Sequence[tuple[str, Problem]], built: Built, paths: Mapping[int, Path], language: Language
) -> tuple[Fault, ...]:
    return tuple(
        Fault(built.field_of(_path(problem, paths)), severity, problem_words(problem, language))
        for severity, problem in said
    )


def _path(problem: Problem, paths: Mapping[int, Path]) -> Path:
    path = paths.get(problem.line or 1, ())
    missing = _MISSING.match(problem.expected)
    return (*path, missing[1]) if missing else path
