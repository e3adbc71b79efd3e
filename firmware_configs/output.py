"""Files -> a folder, whole or not at all, with a manifest that tells what changed since the last time."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from firmware_configs.errors import FolderInUse
from firmware_configs.news import Device

MANIFEST = "manifest.json"
UNLISTED = ("flash-sheet.html", "flash-sheet.pdf")
"""Ours, but not the same bytes each time: the sheet tells what is new, a PDF when it was made."""
LEFT_BY_TOOLS = ("beacons/esphome/.esphome/", "beacons/esphome/.gitignore", "build/")
"""What esphome and west leave where they are called; they make it anew."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths by what happened to them since the last rendering."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a folder holds by its manifest: path -> hash, and the devices by id."""

    files: dict[str, str]
    devices: dict[str, Device]


def last_rendering(folder: Path, store: str) -> Rendered:
    """Return what was rendered last. Raises FolderInUse: nothing a person put there may be lost."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return Rendered({}, {})
    listed = _read_manifest(folder / MANIFEST)
    if listed is None:
        raise FolderInUse(
            folder, "a new or empty folder, or one of an earlier rendering", "a folder of something else"
        )
    if listed["store"] != store:
        raise FolderInUse(folder, f"a rendering of store {store}", f"one of store {listed['store']}")
    ours = {*listed["files"], MANIFEST, *UNLISTED}
    foreign = sorted(path for path in _below(folder) - ours if not path.startswith(LEFT_BY_TOOLS))
    if foreign:
        raise FolderInUse(folder, "only files of an earlier rendering", f"also {', '.join(foreign[:3])}")
    devices = {name: Device(**told) for name, told in listed.get("devices", {}).items()}
    return Rendered(listed["files"], devices)


def write(folder: Path, store: str, files: Mapping[str, str], devices: Mapping[str, Device]) -> Changes:
    """Put the files in place of the last rendering. Raises FolderInUse where something else lies there, and OSError.

    A power cut may leave the new folder with empty files: nothing is lost, render again.
    """
    before = last_rendering(folder, store)
    listed = {path: text for path, text in files.items() if path not in UNLISTED}
    hashes = {path: hashlib.sha256(listed[path].encode()).hexdigest() for path in sorted(listed)}
    manifest = _manifest(store, Rendered(hashes, dict(devices)))
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write_all(made, {**files, MANIFEST: manifest})
        _swap(folder, made)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return _compare(before.files, hashes)


def _manifest(store: str, rendered: Rendered) -> str:
    told = {"version": 1, "store": store, "files": rendered.files, "devices": rendered.devices}
    return msgspec.json.format(msgspec.json.encode(told), indent=1).decode() + "\n"


def _below(folder: Path) -> set[str]:
    """Return the path of everything below that is no folder; of 10,000 beacons in a second, not in ten as by rglob."""
    found: set[str] = set()
    for place, _, names in os.walk(folder):
        below = os.path.relpath(place, folder)
        found.update(names if below == "." else (f"{below}/{name}" for name in names))
    return found


def _write_all(folder: Path, files: Mapping[str, str]) -> None:
    """Write every file, each folder once: with 10,000 beacons the calls to the kernel are what takes the time."""
    folder.chmod(0o755)
    home = str(folder)
    for below in sorted({name.rpartition("/")[0] for name in files}):
        os.makedirs(f"{home}/{below}", exist_ok=True)  # noqa: PTH103  # a Path for each of 18,000 files costs as much as writing
    for name, text in files.items():
        with open(f"{home}/{name}", "xb", buffering=0) as file:  # noqa: PTH123
            file.write(text.encode())


def _swap(folder: Path, made: Path) -> None:
    """Let `made` become `folder`; what was there becomes `made`, or stays where the renaming fails."""
    if not folder.exists():
        made.rename(folder)
        return
    aside = made.with_name(f"{made.name}.old")
    folder.rename(aside)
    try:
        made.rename(folder)
    except OSError:
        aside.rename(folder)
        raise
    aside.rename(made)


def _read_manifest(path: Path) -> dict[str, Any] | None:
    try:
        listed = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    sound = isinstance(listed, dict) and isinstance(listed.get("files"), dict) and listed.get("store")
    return listed if sound else None


def _compare(before: Mapping[str, str], after: Mapping[str, str]) -> Changes:
    return Changes(
        added=tuple(path for path in after if path not in before),
        changed=tuple(path for path in after if path in before and after[path] != before[path]),
        removed=tuple(path for path in before if path not in after),
    )
