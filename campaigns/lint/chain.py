"""Everything one check looks at together: the chain's plans and campaigns, and which store runs what."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from campaigns.conditions import AllOf, AnyOf, Condition, Not
from campaigns.document import Campaign
from campaigns.lint.finding import ERROR, WARNING, Finding
from protocol.document import Document, Path
from protocol.errors import Problem
from protocol.plan import StorePlan


class PlanFile(NamedTuple):
    """A plan with the document it was read from."""

    plan: StorePlan
    document: Document

    def line(self, *path: str | int) -> int:
        return self.document.line(path)

    def error(self, lint: str, path: Path, expected: str, got: str) -> Finding:
        return Finding(ERROR, lint, Problem(self.document.source, self.line(*path), expected, got))

    def warning(self, lint: str, path: Path, expected: str, got: str) -> Finding:
        return Finding(WARNING, lint, Problem(self.document.source, self.line(*path), expected, got))


@dataclass(frozen=True, slots=True)
class Chain:
    """The documents of a chain of stores; without plans, nothing is said about stores and zones."""

    plans: Sequence[PlanFile]
    campaigns: Sequence[Campaign]
    today: date | None = None
    all_plans: bool = True
    """Whether every plan could be read, so that a store that is not here does not exist."""
    all_campaigns: bool = True

    @property
    def judged(self) -> list[Campaign]:
        """Campaigns that run or may yet run."""
        return [campaign for campaign in self.campaigns if campaign.status != "ended"]

    def stores_of(self, campaign: Campaign) -> list[StorePlan]:
        """Return the plans of the stores in which the campaign's trigger can happen."""
        zone = campaign.trigger.zone
        plans = (file.plan for file in self.plans)
        return [
            plan for plan in plans if campaign.runs_in(plan.id) and (zone is None or zone in plan.zone_ids)
        ]


def leaves(campaign: Campaign) -> Iterator[tuple[Path, Condition]]:
    """Yield each leaf of the audience with its path in the document."""
    if campaign.audience is not None:
        yield from _leaves(("audience",), campaign.audience)


def _leaves(path: Path, condition: Condition) -> Iterator[tuple[Path, Condition]]:
    match condition:
        case AllOf(parts):
            for k, part in enumerate(parts):
                yield from _leaves((*path, "all", k), part)
        case AnyOf(parts):
            for k, part in enumerate(parts):
                yield from _leaves((*path, "any", k), part)
        case Not(part):
            yield from _leaves((*path, "not"), part)
        case _:
            yield path, condition
