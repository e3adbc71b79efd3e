"""200 power cuts in the middle of spooling: nothing damaged, nothing that was called durable lost.

kill -9 stands for the power cut: what SQLite has synced by then is the same (synchronous=FULL is held by
tests/gateway/test_spool.py), and what it had not yet synced is not called durable either.
"""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.spool import Spool
from tests.faults import power_cut_child

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

CUTS = 200
MOST_LINES = 60


def cut(path: Path, boot: str, lines: int) -> tuple[set[int], set[int]]:
    """Run a child until it has said so many lines, and kill it; return the numbers it kept and those it began to forget."""
    command = [sys.executable, str(power_cut_child.__file__), str(path), boot]
    said: dict[str, set[int]] = {"kept": set(), "forgets": set()}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for number, line in enumerate(child.stdout, 1):
            word, *numbers = line.split()
            said[word] |= set(range(int(numbers[0]), int(numbers[-1]) + 1))
            if number == lines:
                child.kill()  # what it had said by then is still read
    return said["kept"], said["forgets"]


async def test_no_cut_damages_or_loses_anything(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    when = random.Random(200)
    for number in range(CUTS):
        boot = f"{number:08x}"
        kept, forgot = cut(path, boot, when.randrange(1, MOST_LINES))
        spool = await Spool(path).open()
        there = {row.seq for row in await spool.after(0, spool.last_id, 100_000) if row.boot == boot}
        assert spool.dropped() == {}, f"cut {number}: damaged"
        assert kept - forgot <= there, f"cut {number}: lost"
        # The word that one more batch is kept may have died on its way to us; forgotten ones may be sent once more.
        assert there - kept <= set(range(max(kept) + 1, max(kept) + power_cut_child.MOST_TOGETHER))
        await spool.forget(boot, ((1, 2**53 - 1),))
        await spool.close()
