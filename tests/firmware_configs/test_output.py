"""A rendering is written whole or not at all, never over what is not ours, and says what changed."""

from pathlib import Path

import pytest

from firmware_configs.errors import FolderInUse
from firmware_configs.output import MANIFEST, Changes, write

FIRST = {"a.js": "1", "deep/b.yaml": "2", "c": "3"}


def tree(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}


def test_the_first_time_all_is_new(tmp_path: Path) -> None:
    changes = write(tmp_path / "out", "milan", FIRST, {})
    assert changes == Changes(added=("a.js", "c", "deep/b.yaml"), changed=(), removed=())
    assert {name: text for name, text in tree(tmp_path / "out").items() if name != MANIFEST} == FIRST


def test_the_same_again_changes_nothing_and_the_manifest_is_stable(tmp_path: Path) -> None:
    write(tmp_path / "out", "milan", FIRST, {})
    before = tree(tmp_path / "out")
    assert not write(tmp_path / "out", "milan", dict(reversed(FIRST.items())), {})
    assert tree(tmp_path / "out") == before


def test_changes_are_told_and_what_is_gone_is_gone(tmp_path: Path) -> None:
    write(tmp_path / "out", "milan", FIRST, {})
    changes = write(tmp_path / "out", "milan", {"a.js": "1", "c": "4", "new": "5"}, {})
    assert changes == Changes(added=("new",), changed=("c",), removed=("deep/b.yaml",))
    assert not (tmp_path / "out" / "deep").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_rendering_that_fails_leaves_the_last_one(tmp_path: Path) -> None:
    write(tmp_path / "out", "milan", FIRST, {})
    before = tree(tmp_path / "out")
    with pytest.raises(OSError, match="File name too long"):
        write(tmp_path / "out", "milan", {"a.js": "9", "x" * 300: "too long a name for any disk"}, {})
    assert tree(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("spoil", ["foreign", "own-file", "other-store", "a-file"])
def test_what_is_not_ours_is_not_replaced(tmp_path: Path, spoil: str) -> None:
    out = tmp_path / "out"
    if spoil == "a-file":
        out.write_text("a letter")
    elif spoil == "foreign":
        out.mkdir()
        (out / "thesis.txt").write_text("years of work")
    else:
        write(out, "rome" if spoil == "other-store" else "milan", FIRST, {})
    if spoil == "own-file":
        (out / "gateway.key").write_text("a key")
    with pytest.raises(FolderInUse):
        write(out, "milan", {"a.js": "2"}, {})
    assert out.is_file() or "a.js" not in tree(out) or tree(out)["a.js"] == "1"


def test_what_esphome_leaves_is_no_hindrance(tmp_path: Path) -> None:
    write(tmp_path / "out", "milan", FIRST, {})
    left = tmp_path / "out" / "beacons" / "esphome" / ".esphome"
    left.mkdir(parents=True)
    (left / "build.json").write_text("{}")
    assert not write(tmp_path / "out", "milan", FIRST, {})
