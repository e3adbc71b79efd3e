"""What the readers say is Italian in the Italian console; a message that they learn and this does not is found here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from campaigns.document import read_campaign
from protocol.errors import BadInput
from protocol.plan import read_plan
from store_server.web.console.reader_words import told
from store_server.web.design.language import load_languages
from tests.store_server.web.console.sample import CAMPAIGNS, PLAN

ROOT = Path(__file__).parents[4]
READERS = (
    *(ROOT / "protocol" / name for name in ("reading.py", "plan.py", "policy.py")),
    *(ROOT / "campaigns" / name for name in ("conditions.py", "document.py", "message.py", "schedule.py")),
)
ITALIAN = load_languages()["it"]
PUT_TOGETHER = {"'7' in 77", "7 of 7, digits and dashes, at most 63"}
"""Of parts that are words themselves; how they are told stands below."""


def expectations() -> Iterator[str]:
    """Yield what the readers' calls of `fault` say they expected, with 7 wherever something is put in."""
    for path in READERS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr="fault"), args=[_, expected, _]) if text := _written(
                    expected
                ):
                    yield text


def _written(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(
                str(one.value) if isinstance(one, ast.Constant) else "'7'" if _quoted(one) else "7"
                for one in values
            )
    return None


def _quoted(one: ast.expr) -> bool:
    return isinstance(one, ast.FormattedValue) and one.conversion == ord("r")


@pytest.mark.parametrize("text", sorted(set(expectations()) - PUT_TOGETHER))
def test_every_message_of_the_readers_has_its_words(text: str) -> None:
    assert told(text, ITALIAN) != text


def test_there_are_messages_to_look_at() -> None:
    assert len(set(expectations())) > 35


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("priority as a whole number from 0 to 100", "priority come numero intero da 0 a 100"),
        ("'till' (did you mean 'tills'?)", "'till' (forse 'tills'?)"),
        ("'id' in a zone", "'id' per una zona"),
        (
            "id of lower-case letters, digits and dashes, at most 63",
            "id di lettere minuscole, cifre e trattini, al massimo 63",
        ),
        ("id of letters, digits and dashes, at most 63", "id di lettere, cifre e trattini, al massimo 63"),
        (
            "'trigger' in the campaign, such as {on: enter}",
            "'trigger' per la campagna, per esempio {on: enter}",
        ),
        ("a list of 3", "una lista di 3"),
        ("something nobody wrote down", "something nobody wrote down"),
    ],
)
def test_parameters_are_put_in_and_parts_are_told_too(text: str, words: str) -> None:
    assert told(text, ITALIAN) == words
    assert told(text, load_languages()["en"]) == text


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (
            read_plan,
            PLAN.replace("name: Till,", "nam: Till,").replace("[15, 0], [25, 0]", "[15, 0], [250, 0]"),
        ),
        (read_plan, PLAN.replace("zone: shoes, uuid", "zone: shoe, uuid").replace("minor: 42", "minor: -1")),
        (
            read_campaign,
            CAMPAIGNS["shoes-help"]
            .replace("after_s: 90", "after_s: 0")
            .replace("priority: 80", "priority: x"),
        ),
        (
            read_campaign,
            CAMPAIGNS["goodbye"].replace("trigger: {on: leave}", "trigger: {on: leaves, zone: till}"),
        ),
    ],
)
def test_a_broken_document_is_told_in_italian(read, text: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadInput) as fault:
        read(text, "file")
    for problem in fault.value.problems:
        assert told(problem.expected, ITALIAN) != problem.expected, problem


async def test_the_import_page_speaks_the_reader_s_language(console: httpx.AsyncClient) -> None:
    broken = {"text": CAMPAIGNS["goodbye"].replace("status: draft", "status: soon"), "do": "check"}
    italian = (await console.post("/console/campaigns/import?lang=it", data=broken)).text
    assert "status come uno tra draft" in italian
    english = (await console.post("/console/campaigns/import?lang=en", data=broken)).text
    assert "status as one of draft" in english
