"""A text as a QR code (ISO/IEC 18004) that a page draws as one SVG path."""

from collections.abc import Iterable
from dataclasses import dataclass

import segno

QUIET_MODULES = 4
"""White around the code: scanners need four modules (ISO/IEC 18004, 9.1)."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A code to draw: `path` fills the dark modules of a square of `size` modules, the white around it included."""

    path: str
    size: int


def qr_code(text: str) -> QrCode:
    """Return the code of a text; a seventh of it may be dirty or torn (level M)."""
    matrix = segno.make(text, micro=False, error="m").matrix
    rows = ("".join(_runs(row, y + QUIET_MODULES)) for y, row in enumerate(matrix))
    return QrCode("".join(rows), len(matrix) + 2 * QUIET_MODULES)


def _runs(row: Iterable[int], y: int) -> list[str]:
    """Return a path of each run of dark modules: a third of the length of one path a module."""
    found, start = [], None
    for x, dark in enumerate((*row, 0)):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            found.append(f"M{start + QUIET_MODULES} {y}h{x - start}v1h-{x - start}z")
            start = None
    return found
