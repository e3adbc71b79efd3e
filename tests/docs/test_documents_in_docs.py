"""Every YAML block of the docs on campaigns and plans can be read, and their tables name every key there is."""

import re
from pathlib import Path
from typing import Any

import pytest

from campaigns.conditions import FIELDS, NODES, OPS
from campaigns.document import CHANNELS, GOALS, STATUSES, TRIGGERS, campaign_from_document
from campaigns.lint import lint
from campaigns.lint.chain import Chain, PlanFile
from campaigns.moments import MOMENTS
from protocol.document import Document, read_document
from protocol.plan import plan_from_document

DOCS = Path(__file__).parents[2] / "docs"
CAMPAIGNS, PLAN = (DOCS / name for name in ("campaigns.md", "plan.md"))
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(page: Path) -> list[dict[str, Any]]:
    texts = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [read_document(text, page.name).value for text in texts]


def campaign_documents() -> list[Document]:
    """Whole documents, and parts put into the first one."""
    first, *rest = blocks(CAMPAIGNS)
    whole = [first, *({**first, **part, "id": f"part-{k}"} for k, part in enumerate(rest))]
    return [Document(value, CAMPAIGNS.name, {}) for value in whole]


@pytest.mark.parametrize("document", campaign_documents(), ids=lambda document: document.value["id"])
def test_a_campaign_in_the_docs_can_be_read(document: Document) -> None:
    campaign_from_document(document)


@pytest.mark.parametrize("value", blocks(PLAN), ids=lambda value: value["store"]["id"])
def test_a_plan_in_the_docs_can_be_read(value: dict[str, Any]) -> None:
    plan_from_document(Document(value, PLAN.name, {}))


def test_lint_finds_nothing_in_the_examples() -> None:
    plans = [Document(value, PLAN.name, {}) for value in blocks(PLAN)[:1]]
    files = [PlanFile(plan_from_document(plan), plan) for plan in plans]
    for document in campaign_documents():
        assert lint(Chain(files, [campaign_from_document(document)])) == []


def test_the_docs_name_every_word_of_a_campaign() -> None:
    text = CAMPAIGNS.read_text(encoding="utf-8").replace("leave without buying", "leave-without-buying")
    words = {*STATUSES, *TRIGGERS, *CHANNELS, *GOALS, *OPS, *FIELDS, *NODES, *MOMENTS}
    assert [word for word in sorted(words) if not re.search(rf"\b{re.escape(word)}\b", text)] == []


def test_the_docs_name_every_lint() -> None:
    folder = Path(lint.__code__.co_filename).parent
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    names = set(re.findall(r'(?:error|warning)\(\s*"([a-z-]+)"', source)) | set(
        re.findall(r'NAME = "([a-z-]+)"', source)
    )
    assert len(names) > 12
    assert [name for name in sorted(names) if f"`{name}`" not in CAMPAIGNS.read_text(encoding="utf-8")] == []
