"""Templates and what may be put into them: a plan's free texts stand in comments and cells only, and cannot leave them."""

from functools import lru_cache
from importlib.resources import files
from string import Template

_TEMPLATES = files("firmware_configs") / "templates"
LONGEST_REMARK = 120
_FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet would compute (OWASP, CSV injection)."""


def fill(name: str, **values: object) -> str:
    """Fill the template `KIND/FILE`; a name that is missing is a bug of ours and raises KeyError."""
    return _template(name).substitute(values)


@lru_cache(maxsize=64)
def _template(name: str) -> Template:
    return Template((_TEMPLATES / name).read_text(encoding="utf-8"))


def remark(text: str) -> str:
    """Return a text for a one-line comment of any language.

    Whatever might break or reorder the line becomes `?`; a template ends such a line with a full stop, so that no
    backslash joins it to the next.
    """
    return "".join(c if c.isprintable() else "?" for c in text[:LONGEST_REMARK])


def cell(text: str) -> str:
    """Return a text for a table's cell that a spreadsheet takes as text."""
    plain = remark(text)
    return f"'{plain}" if plain.lstrip().startswith(_FORMULA) else plain
