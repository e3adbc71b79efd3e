"""Files -> a folder, whole or not at all, with a manifest that tells what changed since the last time."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware_configs.errors import FolderInUse

MANIFEST = "manifest.json"
UNLISTED = ("flash-sheet.pdf",)
"""Ours, but never twice the same bytes: a PDF carries the time it was made."""
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


def manifest_of(store: str, files: Mapping[str, str]) -> str:
    """Return the manifest's text: the store and each file's SHA-256, in order of paths."""
    hashes = {path: hashlib.sha256(files[path].encode()).hexdigest() for path in sorted(files)}
    return json.dumps({"version": 1, "store": store, "files": hashes}, indent=1) + "\n"


def write(folder: Path, store: str, files: Mapping[str, str]) -> Changes:
    """Put the files in place of the last rendering. Raises FolderInUse where something else lies there, and OSError."""
    before = _last_rendering(folder, store)
    manifest = manifest_of(store, files)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write_all(made, {**files, MANIFEST: manifest})
        _swap(folder, made)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return _compare(before, json.loads(manifest)["files"])


def _write_all(folder: Path, files: Mapping[str, str]) -> None:
    folder.chmod(0o755)
    for below in sorted({str(Path(name).parent) for name in files}):
        (folder / below).mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())


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


def _last_rendering(folder: Path, store: str) -> dict[str, str]:
    """Return path -> hash of what was rendered last; nothing a person put there may be lost."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return {}
    listed = _read_manifest(folder / MANIFEST)
    if listed is None:
        raise FolderInUse(
            folder, "a new or empty folder, or one of an earlier rendering", "a folder of something else"
        )
    if listed["store"] != store:
        raise FolderInUse(folder, f"a rendering of store {store}", f"one of store {listed['store']}")
    ours = {*listed["files"], MANIFEST, *UNLISTED}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    foreign = sorted(path for path in there - ours if not path.startswith(LEFT_BY_TOOLS))
    if foreign:
        raise FolderInUse(folder, "only files of an earlier rendering", f"also {', '.join(foreign[:3])}")
    files: dict[str, str] = listed["files"]
    return files


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
