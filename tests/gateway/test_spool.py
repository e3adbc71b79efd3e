"""The spool: durable, bounded, forgetting only what the server has committed (SPEC 7)."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from gateway.batch import Spooled, unpack
from gateway.errors import SpoolFault
from gateway.spool import Bounds, Spool
from protocol.instants import HOUR, MINUTE, SECOND
from protocol.messages import encode

NOW = 1_793_527_200_000


def message(
    seq: int, *, boot: str = "aaaaaaaa", at: int = NOW, size: int = 10, synced: bool = True
) -> Spooled:
    return Spooled(0, boot, seq, at, synced, b"x" * size)


def incompressible(seq: int, size: int) -> Spooled:
    return message(seq)._replace(payload=Random(seq).randbytes(size))


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Spool]:
    opened = await Spool(tmp_path / "spool.db").open()
    yield opened
    await opened.close()


async def put(spool: Spool, message: Spooled, now: int | None) -> None:
    await spool.hold(message, 0)
    await spool.settle(now)


async def seqs(spool: Spool) -> list[tuple[str, int]]:
    return [(row.boot, row.seq) for row in await spool.after(0, spool.last_id, 10_000)]


async def test_it_keeps_a_message_until_its_range_is_acknowledged(spool: Spool) -> None:
    for seq in range(1, 6):
        await put(spool, message(seq), NOW)
    assert await spool.forget("aaaaaaaa", ((1, 2), (4, 4))) == 3
    assert await seqs(spool) == [("aaaaaaaa", 3), ("aaaaaaaa", 5)]
    assert spool.depth() == 2


async def test_an_ack_counts_for_its_boot_only_and_twice_is_once(spool: Spool) -> None:
    await put(spool, message(1, boot="aaaaaaaa"), NOW)
    await put(spool, message(1, boot="bbbbbbbb"), NOW)
    assert await spool.forget("aaaaaaaa", ((1, 2**53 - 1),)) == 1
    assert await spool.forget("aaaaaaaa", ((1, 1),)) == 0
    assert await seqs(spool) == [("bbbbbbbb", 1)]


async def test_it_remembers_over_a_restart_in_order(tmp_path: Path) -> None:
    first = await Spool(tmp_path / "spool.db").open()
    for seq in (1, 2, 3):
        await put(first, message(seq), NOW)
    await first.forget("aaaaaaaa", ((1, 1),))
    await first.close()
    second = await Spool(tmp_path / "spool.db").open()
    await put(second, message(1, boot="bbbbbbbb"), NOW)
    assert await seqs(second) == [("aaaaaaaa", 2), ("aaaaaaaa", 3), ("bbbbbbbb", 1)]
    assert second.depth() == 3
    await second.close()


async def test_over_its_bytes_the_oldest_go_and_are_counted(tmp_path: Path) -> None:
    spool = await Spool(tmp_path / "spool.db", Bounds(max_bytes=1_200)).open()
    for seq in range(1, 6):
        await put(spool, incompressible(seq, 300), NOW)
    assert await seqs(spool) == [("aaaaaaaa", 3), ("aaaaaaaa", 4), ("aaaaaaaa", 5)]
    assert spool.dropped() == {"bounds": 2}
    assert 1_000 <= spool.size_bytes() <= 1_200
    await spool.close()
    again = await Spool(tmp_path / "spool.db").open()
    assert again.dropped() == {"bounds": 2}
    await again.close()


async def test_of_a_batch_over_the_bounds_only_what_was_not_acknowledged_counts_as_dropped(
    tmp_path: Path,
) -> None:
    spool = await Spool(tmp_path / "spool.db", Bounds(max_bytes=1_000)).open()
    for seq in (1, 2, 3):
        await spool.hold(incompressible(seq, 250), NOW)
    await spool.settle(NOW)
    await spool.forget("aaaaaaaa", ((2, 2),))
    await put(spool, incompressible(4, 300), NOW)
    assert spool.dropped() == {"bounds": 2}
    assert await seqs(spool) == [("aaaaaaaa", 4)]
    await spool.close()


async def test_over_72_hours_the_oldest_go(spool: Spool) -> None:
    await put(spool, message(1, at=NOW - 72 * HOUR - MINUTE), NOW - 72 * HOUR)
    await put(spool, message(2, at=NOW - 71 * HOUR), NOW - 71 * HOUR)
    await put(spool, message(3), NOW)
    assert await seqs(spool) == [("aaaaaaaa", 2), ("aaaaaaaa", 3)]


async def test_what_an_unset_clock_wrote_keeps_nothing_behind_it_from_growing_too_old(spool: Spool) -> None:
    await put(spool, message(1, at=7_000, synced=False), None)
    await put(spool, message(2, at=NOW - 73 * HOUR), NOW - 73 * HOUR)
    await put(spool, message(3), NOW)
    assert await seqs(spool) == [("aaaaaaaa", 1), ("aaaaaaaa", 3)]
    assert spool.dropped() == {"bounds": 1}


async def test_what_this_run_said_before_it_knew_the_time_grows_too_old_as_well(spool: Spool) -> None:
    ours, earlier = "aaaaaaaa", "bbbbbbbb"
    await put(spool, message(1, boot=earlier, at=7_000, synced=False), None)
    await put(spool, message(1, at=7_000, synced=False), None)
    await put(spool, message(2, at=7_000 + 2 * HOUR, synced=False), None)
    offset = NOW - 73 * HOUR - 7_000
    await spool.hold(message(3, at=NOW), 0)
    await spool.settle(NOW, {ours: offset})
    assert await seqs(spool) == [(earlier, 1), (ours, 2), (ours, 3)]
    assert spool.dropped() == {"bounds": 1}


async def test_nothing_goes_for_its_age_while_the_clock_is_not_set(spool: Spool) -> None:
    await put(spool, message(1, at=7_000, synced=False), None)
    await put(spool, message(2, at=NOW), None)
    await put(spool, message(3), NOW)
    assert spool.depth() == 3


async def test_a_full_disk_is_said_and_the_spool_goes_on_when_there_is_room(
    spool: Spool, tmp_path: Path
) -> None:
    await put(spool, message(1), NOW)
    (pages,) = await spool._run(lambda: spool._db.execute("PRAGMA page_count").fetchone())
    await spool._run(lambda: spool._db.execute(f"PRAGMA max_page_count = {pages}").fetchone())
    with pytest.raises(SpoolFault, match="full"):
        await put(spool, incompressible(2, 100_000), NOW)
    assert await seqs(spool) == [("aaaaaaaa", 1), ("aaaaaaaa", 2)], "what does not fit is still held"
    assert on_card(tmp_path) == [1]
    await spool._run(lambda: spool._db.execute("PRAGMA max_page_count = 100000").fetchone())
    await spool.settle(NOW)
    assert on_card(tmp_path) == [1, 2]


async def test_a_damaged_file_is_begun_anew_and_counted_and_none_stays_on_the_card(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    path.with_suffix(".damaged").write_bytes(b"of an earlier version, with tags in it")
    path.write_bytes(b"not a database at all" * 500)
    spool = await Spool(path).open()
    await put(spool, message(1), NOW)
    assert spool.dropped() == {"damaged_file": 1}
    assert not path.with_suffix(".damaged").exists()
    await spool.close()


async def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(SpoolFault, match="unable to open"):
        await Spool(tmp_path / "nowhere" / "spool.db").open()


async def test_it_is_synchronous_full_and_private(spool: Spool, tmp_path: Path) -> None:
    assert await spool._run(lambda: spool._db.execute("PRAGMA synchronous").fetchone()) == (2,)
    assert (tmp_path / "spool.db").stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(tmp_path / "spool.db") as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()


async def test_what_is_held_is_sent_in_order_and_settles_on_the_card(tmp_path: Path) -> None:
    spool = await Spool(tmp_path / "spool.db").open()
    await put(spool, message(1), NOW)
    for seq in (2, 3, 4):
        await spool.hold(message(seq), 1_000 * seq)
    assert await seqs(spool) == [("aaaaaaaa", seq) for seq in (1, 2, 3, 4)]
    assert (spool.depth(), on_card(tmp_path)) == (4, [1])
    assert spool.held_since() == 2_000
    assert await spool.settle(NOW) == 3
    assert (spool.depth(), on_card(tmp_path)) == (4, [1, 2, 3, 4])
    assert spool.held_since() is None
    await spool.hold(message(5), 5_000)
    await spool.close()
    assert on_card(tmp_path) == [1, 2, 3, 4, 5]


async def test_what_is_acknowledged_while_held_never_touches_the_card(spool: Spool) -> None:
    changes = await spool._run(lambda: spool._db.total_changes)
    for seq in range(1, 50):
        await spool.hold(message(seq), NOW)
        assert await spool.forget("aaaaaaaa", ((seq, seq),)) == 1
        assert await spool.settle(NOW) == 0
    assert await spool._run(lambda: spool._db.total_changes) == changes
    assert spool.depth() == 0


async def test_a_batch_is_given_out_and_forgotten_message_by_message(tmp_path: Path) -> None:
    spool = await Spool(tmp_path / "spool.db").open()
    for seq in range(1, 11):
        await spool.hold(message(seq), NOW)
    await spool.settle(NOW)
    assert [one.seq for one in await spool.after(3, 8, 3)] == [4, 5, 6]
    assert await spool.forget("aaaaaaaa", ((5, 6), (9, 20))) == 4
    assert await seqs(spool) == [("aaaaaaaa", seq) for seq in (1, 2, 3, 4, 7, 8)]
    await spool.close()
    again = await Spool(tmp_path / "spool.db").open()
    assert again.depth() == 10, "a batch goes whole: what of it is sent again, the server knows"
    await again.forget("aaaaaaaa", ((1, 10),))
    assert on_card(tmp_path) == [], "nothing is kept that nobody waits for"
    await again.close()


async def test_messages_that_say_nearly_the_same_lie_in_a_tenth_of_the_room(spool: Spool) -> None:
    said = 0
    for seq in range(1, 21):
        payload = encode([{"minor": n, "at": NOW + seq * SECOND, "rssi_dbm": -60 - n % 7} for n in range(50)])
        said += len(payload)
        await spool.hold(message(seq)._replace(payload=payload), NOW)
    await spool.settle(NOW)
    assert spool.size_bytes() < said / 10


async def test_a_batch_that_rotted_on_the_card_is_counted_and_stands_in_nobodys_way(tmp_path: Path) -> None:
    spool = await Spool(tmp_path / "spool.db").open()
    await put(spool, message(1), NOW)
    await put(spool, message(2), NOW)
    await spool._run(lambda: spool._db.execute("UPDATE batches SET body = x'00ff' WHERE id = 1"))
    assert await seqs(spool) == [("aaaaaaaa", 2)]
    assert (spool.depth(), spool.dropped()) == (1, {"damaged_batch": 1})
    await spool.close()


@pytest.mark.parametrize("garbled", ["[[1,q]]", "[]", "7", "[[1]]"])
async def test_a_row_whose_numbers_rotted_keeps_no_gateway_from_starting(
    tmp_path: Path, garbled: str
) -> None:
    spool = await Spool(tmp_path / "spool.db").open()
    for seq in (1, 2, 3):
        await put(spool, message(seq), NOW)
    await spool._run(
        lambda: spool._db.execute("UPDATE batches SET seqs = ? WHERE id = 3", (garbled.encode(),))
    )
    await spool.close()
    again = await Spool(tmp_path / "spool.db").open()
    assert await seqs(again) == [("aaaaaaaa", 1), ("aaaaaaaa", 2)]
    assert again.dropped() == {"damaged_batch": 1}
    await put(again, message(4), NOW)
    assert await seqs(again) == [("aaaaaaaa", 1), ("aaaaaaaa", 2), ("aaaaaaaa", 4)]
    await again.close()


@pytest.mark.parametrize("garbled", ["boot = CAST(x'e161616161616161' AS TEXT)", "at = x'07'"])
async def test_a_row_whose_boot_or_instant_rotted_goes_alone(tmp_path: Path, garbled: str) -> None:
    spool = await Spool(tmp_path / "spool.db").open()
    for seq in (1, 2):
        await put(spool, message(seq), NOW)
    await spool._run(lambda: spool._db.execute(f"UPDATE batches SET {garbled} WHERE id = 1"))
    await spool.close()
    again = await Spool(tmp_path / "spool.db").open()
    assert (await seqs(again), again.dropped()) == ([("aaaaaaaa", 2)], {"damaged_batch": 1})
    await again.close()


def on_card(folder: Path) -> list[int]:
    with sqlite3.connect(folder / "spool.db") as other:
        bodies = [body for (body,) in other.execute("SELECT body FROM batches ORDER BY id")]
    other.close()
    return [one.seq for body in bodies for one in unpack(body)]
