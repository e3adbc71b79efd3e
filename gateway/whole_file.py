"""Files that are there whole or not at all, whatever is cut (rename(2), fsync(2))."""

import os
from pathlib import Path

PRIVATE, PUBLIC = 0o600, 0o644


def write_whole(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Replace a file, never readable by more than it is meant for. Raises OSError."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    move_whole(draft, path)


def move_whole(here: Path, there: Path) -> None:
    """Let a file take another's place, durably. Raises OSError."""
    here.replace(there)
    folder = os.open(there.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
