"""What a lint has to say about one place of one document, in words a manager can act on."""

from dataclasses import dataclass
from typing import TypeAlias

from campaigns.document import Campaign, line, place
from protocol.document import Path
from protocol.errors import Problem

ERROR, WARNING = "error", "warning"
"""An error can never work as written; a warning works, but hardly as meant."""
DOCUMENT = "document"
"""Stands for the name of a lint where the document itself is refused."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend; `lint` names the check that found it."""

    severity: str
    lint: str
    problem: Problem

    def __str__(self) -> str:
        return (
            str(self.problem) if self.lint == DOCUMENT else f"{self.problem} [{self.severity}: {self.lint}]"
        )


Where: TypeAlias = tuple[Campaign, Path]
"""A part of a campaign's document."""


def error(lint: str, where: Where, expected: str, got: str) -> Finding:
    return _finding(ERROR, lint, where, expected, got)


def warning(lint: str, where: Where, expected: str, got: str) -> Finding:
    return _finding(WARNING, lint, where, expected, got)


def _finding(severity: str, lint: str, where: Where, expected: str, got: str) -> Finding:
    campaign, path = where
    return Finding(severity, lint, Problem(place(campaign), line(campaign, *path), expected, got))


def named(campaign: Campaign) -> str:
    """Name another campaign and where it stands."""
    at = line(campaign, "id")
    return f"{campaign.id!r} ({place(campaign)}{f':{at}' if at else ''})"


def place_in_order(finding: Finding) -> tuple[str, int]:
    """Sort by file, then line."""
    return finding.problem.source, finding.problem.line or 0
