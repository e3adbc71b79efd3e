"""Pictures of the pages for docs/screens: small enough to keep with the code, named by page, width and theme."""

from io import BytesIO
from pathlib import Path

from PIL import Image

from tests.browser.addresses import COMPARISON, NOWHERE, STATES
from tests.browser.looks import Look
from tests.store_server.web.console.sample import STORE

COLOURS = 48
"""Pages of ours have few: nobody sees the difference, and a picture is a quarter as large."""
PICTURED = (COMPARISON, NOWHERE)
SAMPLES = (STORE, "shoes-help", "gw-shoes")


def keep(folder: Path, address: str, look: Look, png: bytes) -> None:
    """Write one picture; a state that is only looked at has none."""
    if address in STATES and address not in PICTURED:
        return
    path = address.partition("?")[0]
    picture = Image.open(BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    folder.mkdir(parents=True, exist_ok=True)
    picture.save(folder / f"{_name(path)}-{look.width}-{look.theme}.png", optimize=True)


def _name(path: str) -> str:
    """Return `campaigns-one-revisions` for /console/campaigns/shoes-help/revisions."""
    parts = [part for part in path.split("/") if part not in ("", "console")]
    return "-".join("one" if part in SAMPLES or part.isdigit() else part for part in parts) or "home"
