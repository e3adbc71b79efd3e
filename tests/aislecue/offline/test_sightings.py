"""Recorded sightings: refused with file and line, in order, each once (SPEC 4.1, 6)."""

import codecs
import gzip
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from aislecue.offline.lines import CHUNK_BYTES, MOST_PROBLEMS
from aislecue.offline.sightings import SortedSightings
from campaigns.snapshot import Snapshot
from protocol.errors import BadInput
from protocol.sighting import FAR, NEAR, UNKNOWN
from tests.campaigns.worlds import UUID, plan, shopper

NO_CONSENT = shopper("quiet", consent={})


def line(id_: str, second: int, who: str = "s", **more: Any) -> str:
    at = f"2026-11-03T10:00:{second:02}Z"
    known: dict[str, Any] = {"id": id_, "at": at, "shopper": who, "uuid": UUID, "major": 1, "minor": 1}
    return json.dumps(known | more)


def read(*files: Path) -> tuple[list[tuple[int, str, int]], dict[str, int], int]:
    """Return (second, shopper, band) of what counts, what was ignored, and how many were accepted."""
    people = {one.id: one for one in (shopper(), shopper("t"), NO_CONSENT)}
    with closing(SortedSightings(Snapshot.build([plan()], []), people)) as sightings:
        for file in files:
            sightings.read(file)
        found = [(at // 1000 % 60, shopper, perceived.band) for at, shopper, perceived in sightings]
        return found, dict(sightings.ignored), sightings.accepted


def test_what_counts_comes_in_order_and_once(tmp_path: Path) -> None:
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl.gz"
    rows = [
        line("b", 5, proximity="near"),
        "",
        line("a", 5, "t"),
        line("x", 1, minor=99),
        line("x", 1, "quiet"),
        line("x", 1, "nobody"),
        line("a", 7, proximity="far"),
    ]
    one.write_text("\n".join(rows))
    with gzip.open(other, "wt") as out:
        out.write("\n".join([line("a", 6, kind="ranged"), line("b", 5, proximity="far"), line("a", 5, "t")]))
    found, ignored, accepted = read(one, other)
    assert found == [(5, "t", UNKNOWN), (5, "s", NEAR), (6, "s", UNKNOWN)]
    assert ignored == {"unknown_beacon": 1, "no_consent": 2, "doubled": 3}
    assert accepted == 3
    assert read(other, one)[0][1] == (5, "s", FAR)


def test_every_malformed_line_is_told_with_its_number(tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    rows = [line("a", 1), "{", "", line("b", 2, uuid="beacon"), line("c", 3, ""), line("d", 4, at="noon")]
    file.write_text("\n".join([*rows, line("e", 5) + line("f", 6)]))
    with pytest.raises(BadInput) as refused:
        read(file)
    assert [problem.line for problem in refused.value.problems] == [2, 4, 5, 6, 7]
    assert str(refused.value).startswith(f"{file}:2: expected a sighting, got ")
    file.write_text("{\n" * 99)
    with pytest.raises(BadInput) as refused:
        read(file)
    assert len(refused.value.problems) == MOST_PROBLEMS


def test_a_file_that_is_not_there_or_cut_short_is_refused(tmp_path: Path) -> None:
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(gzip.compress(line("a", 1).encode())[:-9])
    for file, expected in ((tmp_path / "no.jsonl", "a file"), (cut, "a readable file")):
        with pytest.raises(BadInput, match=f"{file.name}: expected {expected}, got "):
            read(file)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", " \n"])
def test_lines_end_as_their_system_writes_them_and_a_file_may_begin_with_a_mark(
    tmp_path: Path, end: str
) -> None:
    file = tmp_path / "s.jsonl"
    file.write_bytes(codecs.BOM_UTF8 + end.join(line("a", second) for second in range(3)).encode())
    assert read(file)[1:] == ({"doubled": 2}, 1)
    file.write_bytes(codecs.BOM_UTF8)
    assert read(file)[2] == 0
    file.write_text(line("a", 1) + end + "\ufeff" + line("b", 2))
    with pytest.raises(BadInput, match=f":{1 + end.count(chr(10))}: expected a sighting"):
        read(file)


def test_an_object_is_on_a_line_of_its_own_in_a_file_of_any_length(tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    many = [line(str(k), k % 60) for k in range(2 * CHUNK_BYTES // len(line("a", 1)))]
    file.write_text("\n".join(many))
    assert read(file)[2] == len(many)
    # As many objects as lines, but one is over two lines and two are on one.
    over_two = line("x", 1).replace(", ", ",\n", 1)
    file.write_text("\n".join([*many, over_two, line("y", 2) + line("z", 3)]))
    with pytest.raises(BadInput) as refused:
        read(file)
    assert [problem.line for problem in refused.value.problems] == [len(many) + k for k in (1, 2, 3)]
