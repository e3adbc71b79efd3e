"""A page as a browser takes it apart: elements with their attributes, and text."""

from collections import defaultdict
from html.parser import HTMLParser

VOID = frozenset(("meta", "link", "input", "br", "img", "hr"))


class Page(HTMLParser):
    """One parsed page; unbalanced tags are noted."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: dict[str, list[dict[str, str]]] = defaultdict(list)
        self.texts: dict[str, list[str]] = defaultdict(list)
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.faults += [f"{tag} never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag].append({name: value or "" for name, value in attrs})
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag].append({name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        for tag in {*self._open, "*"}:
            self.texts[tag].append(data)

    def text(self, tag: str = "*") -> str:
        """Return all text inside elements of a tag, blanks folded."""
        return " ".join("".join(self.texts[tag]).split())
