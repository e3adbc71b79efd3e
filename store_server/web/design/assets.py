"""Stylesheets and scripts under a name that carries their content's hash, so a browser may keep them for ever."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from store_server.web.design.tokens import tokens_css

HASH_DIGITS = 10
"""40 bits: enough that two versions of one file never share a name."""

IMMUTABLE = "public, max-age=31536000, immutable"

STYLES = ("page", "components", "codes", "floor", "store-map")
"""In the order of the one stylesheet: later ones may refine earlier ones."""

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as served."""

    name: str
    media_type: str
    body: bytes


class Assets:
    """Every asset of the pages, read once; `url` gives the name to link."""

    def __init__(self, prefix: str, files: Mapping[str, bytes]) -> None:
        self._urls: dict[str, str] = {}
        self._by_name: dict[str, Asset] = {}
        for name, body in files.items():
            stem, _, suffix = name.rpartition(".")
            hashed = f"{stem}-{sha256(body).hexdigest()[:HASH_DIGITS]}.{suffix}"
            self._urls[name] = f"{prefix}/{hashed}"
            self._by_name[hashed] = Asset(hashed, _MEDIA_TYPES[suffix], body)

    def url(self, name: str) -> str:
        """Return the address of an asset by its plain name. Raises KeyError: a template names what is not there."""
        return self._urls[name]

    def text(self, name: str) -> str:
        """Return an asset's text by its plain name, for what is served under an address of its own."""
        return self._by_name[self._urls[name].rpartition("/")[2]].body.decode()

    def find(self, hashed: str) -> Asset | None:
        """Return the asset of a hashed name, or None for a name we never gave."""
        return self._by_name.get(hashed)


_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


def load_assets(prefix: str) -> Assets:
    """Read the design's assets: one stylesheet (tokens first), one file a script, the icon."""
    styles = [tokens_css(), *(_text("styles", f"{name}.css") for name in STYLES)]
    return Assets(
        prefix,
        {
            "console.css": "\n".join(styles).encode(),
            "campaign-editor.css": _text("styles", "campaign-editor.css").encode(),
            "campaign-editor.js": _text("scripts", "campaign-editor.js").encode(),
            "editor.css": _text("styles", "editor.css").encode(),
            "floor-chosen.js": _text("scripts", "floor-chosen.js").encode(),
            "floor-editor.js": _text("scripts", "floor-editor.js").encode(),
            "floor-moves.js": _text("scripts", "floor-moves.js").encode(),
            "floor-shapes.js": _text("scripts", "floor-shapes.js").encode(),
            "live.js": _text("scripts", "live.js").encode(),
            "own-phone.js": _text("scripts", "own-phone.js").encode(),
            "own-phone-talk.js": _text("scripts", "own-phone-talk.js").encode(),
            "own-phone-worker.js": _text("scripts", "own-phone-worker.js").encode(),
            "print-a5.css": _print_css("A5"),
            "print-a6.css": _print_css("A6"),
            "print.js": _text("scripts", "print.js").encode(),
            "refresh.js": _text("scripts", "refresh.js").encode(),
            "icon.svg": _text("icon.svg").encode(),
        },
    )


def _print_css(size: str) -> bytes:
    return f"@page{{size:{size};margin:9mm}}\n{_text('styles', 'print.css')}".encode()


def _text(*parts: str) -> str:
    return _HERE.joinpath(*parts).read_text(encoding="utf-8")
