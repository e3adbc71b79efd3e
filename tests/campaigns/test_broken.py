"""`aislecue check` on a folder of broken documents: every mistake of every file, with its line (broken/expected.txt).

After a change of words, look at what this prints and correct expected.txt by hand.
"""

from pathlib import Path

import pytest

from aislecue.cli import main

BROKEN = Path(__file__).parent / "broken"
DOCUMENTS = sorted(path for path in BROKEN.iterdir() if path.name != "expected.txt")
EXPECTED = (BROKEN / "expected.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_broken_document_is_told_with_every_line(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(path), "--today", "2026-11-01"]) == 1
    told = capsys.readouterr().err.replace(f"{BROKEN}/", "").splitlines()
    assert told == [line for line in EXPECTED if line.split(":")[0] == path.name]


def test_a_folder_of_them_is_told_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(DOCUMENTS) >= 30
    assert main(["check", str(BROKEN), "--today", "2026-11-01"]) == 1
    output = capsys.readouterr()
    assert output.err.replace(f"{BROKEN}/", "").splitlines() == EXPECTED
    assert output.out == f"0 plans and 0 campaigns could be read: {len(EXPECTED)} errors, 0 warnings\n"


def test_ten_mistakes_are_ten() -> None:
    assert sum(line.startswith("ten-mistakes.yaml:") for line in EXPECTED) == 10
