"""No text of a plan changes the structure of a rendered file."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from typing import Any

import yaml
from hypothesis import given, settings

from firmware_configs.sheet import render_sheet
from tests.firmware_configs.any_plan import TEXTS
from tests.firmware_configs.plans import plan_value, read_value, rendered

COMMENT = {".js": "//", ".c": "//", ".overlay": "//", ".yaml": "#", ".conf": "#", ".txt": "#"}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, [name for name, _ in attrs]))

    def handle_endtag(self, tag: str) -> None:
        self.seen.append(tag)


def structure(name: str, text: str) -> Any:
    """Return what a program makes of a file, without what a person reads: comments and cells of text."""
    if name.endswith("user-data"):
        return yaml.safe_load(text)
    if name.endswith(".csv"):
        return [row[:-1] for row in csv.reader(io.StringIO(text, newline=""))]
    if name.endswith(".json"):
        return {**json.loads(text), "place": None}
    mark = COMMENT.get(name[name.rindex(".") :]) if "." in name else None
    # As a compiler splits lines, and as JavaScript and YAML 1.1 do.
    lines = re.split("\r\n|[\n\r\v\f\x85\u2028\u2029]", text)
    assert not any(line.startswith(mark or "\0") and line.endswith("\\") for line in lines)
    return [line for line in lines if mark is None or not line.startswith(mark)]


PLAIN = {name: structure(name, text) for name, text in rendered().files.items()}


def tags(value: dict[str, Any]) -> list[Any]:
    plan, _ = read_value(value)
    parser = Tags()
    parser.feed(render_sheet(plan, rendered(value).settings))
    return parser.seen


PLAIN_TAGS = tags(plan_value())


@settings(max_examples=200, deadline=None)
@given(zone=TEXTS, store=TEXTS)
def test_no_name_changes_a_file(zone: str, store: str) -> None:
    files = rendered(plan_value(zone, store)).files
    assert {name: structure(name, text) for name, text in files.items()} == PLAIN


@settings(max_examples=30, deadline=None)
@given(zone=TEXTS, store=TEXTS)
def test_no_name_changes_the_sheet(zone: str, store: str) -> None:
    assert tags(plan_value(zone, store)) == PLAIN_TAGS
