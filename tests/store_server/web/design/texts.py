"""Every text of pages and code that a reader may see, as the catalogue must have it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment

WEB = Path(__file__).parents[4] / "store_server" / "web"
TEMPLATES = (
    *(WEB / "console" / "templates").rglob("*.html"),
    *(WEB / "design" / "templates").rglob("*.html"),
)
FLEET = WEB.parent / "fleet"
SOURCES = (
    *(WEB / "console").rglob("*.py"),
    FLEET / "alert_words.py",
    FLEET / "notices.py",
    FLEET / "wording.py",
)

CALLS = frozenset(("marked", "gettext", "say", "count"))
"""Names by which code marks or looks up a text; its texts are the literal arguments at the front."""


def texts_in_templates() -> Iterator[str]:
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    for path in TEMPLATES:
        for _, _, found in environment.extract_translations(path.read_text(encoding="utf-8")):  # type: ignore[attr-defined]
            yield found if isinstance(found, str) else found[0]


def texts_in_code() -> Iterator[str]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in CALLS and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value
            elif isinstance(node, ast.Assign) and _name(node.targets[0]) in ("MONTHS", "DAY_NAMES"):
                yield str(ast.literal_eval(node.value))


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
