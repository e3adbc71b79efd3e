"""Every command and every action explains itself: what it does, each argument, an example that can be typed (SPEC 6)."""

import argparse
import re
import shlex
from collections.abc import Iterator
from importlib.metadata import version

import pytest

from aislecue.cli import COMMANDS, command, main


def actions_of(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for one in parser._actions:
        if isinstance(one, argparse._SubParsersAction):
            for child in one.choices.values():
                yield from actions_of(child)


def examples(parser: argparse.ArgumentParser) -> list[str]:
    """Return the command lines in a parser's epilog."""
    text = re.sub(r"\\\n *", "", parser.epilog or "")
    return [line[line.index("aislecue ") :] for line in text.splitlines() if line.startswith("  ")]


PARSERS = [one for name in COMMANDS for one in actions_of(command(name)[0])]


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.prog)
def test_everything_explains_itself(parser: argparse.ArgumentParser) -> None:
    assert parser.description
    assert examples(parser)
    asked = [one for one in parser._actions if not isinstance(one, argparse._SubParsersAction)]
    assert [one.dest for one in asked if not one.help] == []


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.prog)
def test_every_example_is_understood(parser: argparse.ArgumentParser) -> None:
    for example in examples(parser):
        typed = shlex.split(example.partition("   ")[0].partition(" < ")[0])
        assert example.startswith(parser.prog)
        command(typed[1])[0].parse_args(typed[2:])


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"aislecue {version('aislecue')}\n"
    assert main(["--help"]) == 0
    assert "--version" in capsys.readouterr().out
