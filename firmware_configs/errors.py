"""What can stand in the way of a rendering.

FirmwareError
├── FolderInUse     the folder holds something that is not ours to replace
└── NotPrinted      the browser did not make a PDF of the flash sheet; the HTML is there
"""

from pathlib import Path


class FirmwareError(Exception):
    """Base of everything this package raises on purpose; a plan that asks too much is protocol's BadInput."""


class FolderInUse(FirmwareError):
    """Say why nothing was written."""

    def __init__(self, folder: Path, expected: str, got: str) -> None:
        super().__init__(f"{folder}: expected {expected}, got {got}")


class NotPrinted(FirmwareError):
    """Carry what the browser said."""
