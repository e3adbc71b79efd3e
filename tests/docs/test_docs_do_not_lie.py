"""What the docs name exists: links, make targets, commands, options."""

import re
from pathlib import Path

import pytest

from aislecue.cli import COMMANDS, main

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"```.*?```", re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
MAKE = re.compile(r"(?:^|`)make ([a-z]+)", re.MULTILINE)
COMMAND = re.compile(r"aislecue ([a-z]+)((?: [^`#\n]*)?)")
OPTION = re.compile(r"--[a-z][a-z-]*")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    local = [link for link in LINK.findall(text) if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_make_targets_exist(page: Path) -> None:
    assert set(MAKE.findall(page.read_text(encoding="utf-8"))) <= targets()


def test_ci_runs_targets_that_exist() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    found = re.search(r"for target in ([a-z ]+);", script)
    assert found is not None
    assert set(found[1].split()) <= targets()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_and_their_options_exist(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = page.read_text(encoding="utf-8")
    spoken = re.findall(r"`([^`\n]+)`", FENCE.sub("", text)) + FENCE.findall(text)
    for command, rest in (found for part in spoken for found in COMMAND.findall(part)):
        assert command in COMMANDS, f"{command!r} in {name(page)}"
        with pytest.raises(SystemExit) as done:
            main([command, "--help"])
        assert done.value.code == 0
        known = set(OPTION.findall(capsys.readouterr().out))
        assert set(OPTION.findall(rest)) <= known, f"options of {command!r} in {name(page)}"
