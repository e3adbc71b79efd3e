"""Languages of the pages: English in the code, every other from a gettext `.po` file beside this module.

Format: GNU gettext manual, "The Format of PO Files": msgid, msgid_plural, msgstr, msgstr[n]; contexts are not used.
"""

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SOURCE_LANGUAGE = "en"
NAMES: Mapping[str, str] = {"en": "English", "it": "Italiano"}

_FOLDER = Path(__file__).parent / "locale"
_ENTRY = re.compile(r'(msgid|msgid_plural|msgstr|msgstr\[(?P<form>\d)\])\s+(?P<text>".*")')


@dataclass(frozen=True, slots=True)
class Language:
    """One language: looks texts up by their English, which also serves where a translation is missing."""

    code: str
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def gettext(self, message: str) -> str:
        """Return the text in this language, placeholders unfilled."""
        return self.texts.get(message, (message,))[0]

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Return the form for `n`; English and Italian have two, one for 1 and one for the rest."""
        forms = self.texts.get(singular, (singular, plural))
        return forms[0] if n == 1 else forms[-1]

    def say(self, message: str, **values: object) -> str:
        """Return the text in this language with its `%(name)s` filled in."""
        return self.gettext(message) % values

    def count(self, singular: str, plural: str, n: int, **values: object) -> str:
        """Return the form for `n` with `%(n)s` and the other names filled in."""
        return self.ngettext(singular, plural, n) % {"n": n, **values}


def load_languages() -> dict[str, Language]:
    """Read every language the pages speak, by code, English first."""
    languages = {SOURCE_LANGUAGE: Language(SOURCE_LANGUAGE)}
    for code in NAMES:
        if code != SOURCE_LANGUAGE:
            text = (_FOLDER / f"{code}.po").read_text(encoding="utf-8")
            languages[code] = Language(code, read_po(text.splitlines()))
    return languages


def read_po(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Read a catalogue: English singular -> forms. Entries without a translation are left out."""
    texts: dict[str, tuple[str, ...]] = {}
    key: str | None = None
    forms: list[str] = []
    target = ""

    def keep() -> None:
        if key and any(forms):
            texts[key] = tuple(forms)

    for line in lines:
        found = _ENTRY.match(line)
        if found is None:
            if line.startswith('"') and target == "msgid" and key is not None:
                key += _unquote(line)
            elif line.startswith('"') and target == "msgstr":
                forms[-1] += _unquote(line)
            continue
        target = found[1].partition("[")[0]
        if target == "msgid":
            keep()
            key, forms = _unquote(found["text"]), []
        elif target == "msgstr":
            forms.append(_unquote(found["text"]))
    keep()
    return texts


def choose_language(wished: str | None, accept_language: str) -> str:
    """Return the code to speak: the person's own choice, else the browser's first that we know, else English."""
    if wished is not None and wished in NAMES:
        return wished
    for part in accept_language.split(","):
        code = part.partition(";")[0].strip().partition("-")[0].lower()
        if code in NAMES:
            return code
    return SOURCE_LANGUAGE


def _unquote(text: str) -> str:
    return str(ast.literal_eval(text.strip()))
