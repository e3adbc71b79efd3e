"""The shopper page's own words: English in code and templates, Italian from locale/it.po."""

from functools import cache
from pathlib import Path

from store_server.web.design.language import SOURCE_LANGUAGE, Language, read_po

_FOLDER = Path(__file__).parent / "locale"


@cache
def languages() -> dict[str, Language]:
    """Return every language the page speaks, by code."""
    found = {SOURCE_LANGUAGE: Language(SOURCE_LANGUAGE)}
    for file in sorted(_FOLDER.glob("*.po")):
        found[file.stem] = Language(file.stem, read_po(file.read_text(encoding="utf-8").splitlines()))
    return found


def language_of(locale: str | None) -> Language:
    """Return the nearest language to a shopper's locale, English where there is none."""
    code = (locale or SOURCE_LANGUAGE).replace("_", "-").partition("-")[0].lower()
    return languages().get(code, languages()[SOURCE_LANGUAGE])
