"""Plans and campaign folders from disk (SPEC 6): `*.yaml` and `*.json` directly in the folder."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from campaigns.document import Campaign, read_campaign
from protocol.errors import BadInput, Problem
from protocol.plan import StorePlan, read_plan

T = TypeVar("T")

SUFFIXES = (".yaml", ".json")


def read_text(path: Path) -> str:
    """Read a UTF-8 file. Raises BadInput where it is missing or no text."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as fault:
        raise BadInput(Problem(str(path), None, "a file", "nothing there")) from fault
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        raise BadInput(
            Problem(str(path), line, "UTF-8 text", f"the byte 0x{fault.object[fault.start]:02x}")
        ) from fault
    except OSError as fault:
        raise BadInput(Problem(str(path), None, "a readable file", fault.strerror or str(fault))) from fault


def campaign_files(folder: Path) -> list[Path]:
    """Return the documents directly in a folder, by name, but hidden ones. Raises BadInput."""
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise BadInput(Problem(str(folder), None, "a folder of campaigns", "nothing there"))
    return sorted(path for path in folder.iterdir() if _is_document(path))


def _is_document(path: Path) -> bool:
    # macOS leaves a hidden ._a.yaml beside a.yaml on disks of others.
    return path.suffix in SUFFIXES and not path.name.startswith(".") and path.is_file()


def load_plans(paths: Iterable[Path]) -> list[StorePlan]:
    return _load(paths, read_plan)


def load_campaigns(folders: Iterable[Path]) -> list[Campaign]:
    return _load([path for folder in folders for path in campaign_files(folder)], read_campaign)


def _load(paths: Iterable[Path], read: Callable[[str, str], T]) -> list[T]:
    """Read every file, so that all problems of all files are told at once."""
    out: list[T] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            out.append(read(read_text(path), str(path)))
        except BadInput as fault:
            problems += fault.problems
    if problems:
        raise BadInput(*problems)
    return out
