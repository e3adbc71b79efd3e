"""What lint says about a few campaigns in the sample store, shortly."""

from datetime import date
from typing import Any

from campaigns.document import Campaign
from campaigns.lint import lint
from campaigns.lint.chain import Chain, PlanFile
from protocol.document import read_document
from protocol.plan import plan_from_document
from tests.campaigns.worlds import PLAN, campaign

EN_IT = {"en": {"title": "T", "body": "B"}, "it": {"title": "T", "body": "B"}}


def plan_file(policy: str = "", text: str = PLAN, source: str = "plan.yaml") -> PlanFile:
    document = read_document(text + (f"policy: {{{policy}}}\n" if policy else ""), source)
    return PlanFile(plan_from_document(document), document)


def fine(id_: str = "c", **more: Any) -> Campaign:
    """Return a campaign in which lint finds nothing, but for what `more` brings."""
    return campaign(id_, **({"message": EN_IT} | more))


def found(
    *campaigns: Campaign, plans: list[PlanFile] | None = None, **of: Any
) -> list[tuple[str, str, str, str]]:
    """(severity, lint, file, got) of each finding."""
    files = [plan_file()] if plans is None else plans
    findings = lint(Chain(files, list(campaigns), of.pop("today", date(2026, 11, 1)), **of))
    return [(one.severity, one.lint, one.problem.source, one.problem.got) for one in findings]


def kinds(*campaigns: Campaign, **of: Any) -> list[tuple[str, str]]:
    """(severity, lint) of each finding."""
    return [(severity, lint_) for severity, lint_, _, _ in found(*campaigns, **of)]
