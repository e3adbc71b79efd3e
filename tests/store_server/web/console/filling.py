"""The editor's form as a browser holds it: what a page shows is what would be sent."""

from html.parser import HTMLParser


class FilledForm(HTMLParser):
    """The fields of a page's editor form, in order, with what they hold."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.pairs: list[tuple[str, str]] = []
        self.faults: dict[str, str] = {}
        self._inside = False
        self._select: str | None = None
        self._area: str | None = None
        self._fault: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("id") == "editor"
        if not self._inside:
            return
        name = given.get("name", "")
        if tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
            self.pairs.append((name, given.get("value", "")))
        elif tag == "select":
            self._select = name
            self.pairs.append((name, ""))
        elif tag == "option" and self._select is not None and "selected" in given:
            self.pairs[-1] = (self._select, given["value"])
        elif tag == "textarea":
            self._area = ""
            self.pairs.append((name, ""))
        elif "data-fault" in given:
            self._fault = given["data-fault"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._area is not None:
            # A browser drops the line end that opens a text area.
            self.pairs[-1] = (self.pairs[-1][0], self._area.removeprefix("\n"))
            self._area = None
        elif tag == "p":
            self._fault = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area += data
        if self._fault is not None and data:
            self.faults[self._fault] = data

    def filled(self, **changes: str) -> list[tuple[str, str]]:
        """Return the fields with some of them changed; `__` stands for a point."""
        wanted = {name.replace("__", "."): text for name, text in changes.items()}
        return self.changed(wanted)

    def changed(self, wanted: dict[str, str]) -> list[tuple[str, str]]:
        """Return the fields with others in place of those named, which must be there or are added."""
        kept = [(name, text) for name, text in self.pairs if name not in wanted]
        return [*kept, *wanted.items()]
